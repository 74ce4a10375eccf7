package main

import "parley/client/api"

// checkNames head the lines of doctor.
var checkNames = map[api.CheckID]string{
	api.CheckDNS: "Name", api.CheckTLS: "Certificate", api.CheckHTTP: "HTTP", api.CheckWebSocket: "WebSocket", api.CheckRelay: "Relay",
	api.CheckVersions: "Versions", api.CheckClock: "Clock", api.CheckAccount: "Account", api.CheckDevice: "Device",
	api.CheckPrimary: "Primary", api.CheckStorage: "Storage", api.CheckRoom: "Room", api.CheckOutbox: "Outbox", api.CheckChats: "Chats",
	api.CheckMessages: "Messages", api.CheckHistory: "History", api.CheckKeyPackages: "Key packages",
}

// finding is what a check has found, in words, and what to do about it.
type finding struct{ text, next string }

const (
	nextNetwork  = "Check that this computer is online, then try again."
	nextOperator = "Ask the operator of the relay."
	nextLinkOn   = "Link it again with: parley link. Your messages come back from your other devices."
)

// findings are the words for each code.
var findings = map[string]finding{
	"dns_ok":                    {"The name of the relay is found.", ""},
	"dns_failed":                {"The name of the relay is not found.", "Check the address and that this computer is online; a VPN or a filter may be in the way."},
	"tls_ok":                    {"The relay’s certificate is good.", ""},
	"tls_expired":               {"The relay’s certificate is not good at this time.", "Check the date of this computer; if it is right, ask the operator to renew the certificate."},
	"tls_wrong_name":            {"The certificate belongs to another address.", "Check the address. If it is right, something between you and the relay answers in its place."},
	"tls_untrusted":             {"The certificate is not signed by anyone this computer trusts.", "A filter or virus scanner may read along; allow the relay’s address there, or ask the operator."},
	"tls_failed":                {"No secure connection can be made.", "Check whether the address begins with https or http, and whether a proxy is in the way."},
	"tls_not_reached":           {"The certificate was not seen, since nothing answered.", ""},
	"http_ok":                   {"The relay answers by HTTP ({took}).", ""},
	"http_refused":              {"The computer is there, but no relay listens.", "Check the port in the address, or ask the operator to start the relay."},
	"http_timeout":              {"The relay does not answer.", "A firewall may be in the way. Try another network; if that works, ask for the address to be allowed here."},
	"http_failed":               {"The relay is not reached by HTTP.", nextNetwork},
	"http_status":               {"Something answers with HTTP status {status}, where the relay says ok.", "You may have to log in to this network first; otherwise the operator’s proxy does not reach the relay."},
	"http_not_relay":            {"Something else than a relay answers.", "You may have to log in to this network first: open any page in a browser."},
	"proxy_failed":              {"The proxy of this computer does not answer, or refuses.", "Check HTTPS_PROXY and HTTP_PROXY, and the password in them."},
	"websocket_ok":              {"A connection is made ({took}).", ""},
	"websocket_failed":          {"No connection can be made.", nextNetwork},
	"websocket_blocked":         {"HTTP works, but WebSockets are blocked.", "Ask for WebSockets (wss) to the relay to be allowed in the proxy or firewall, or try another network."},
	"relay_url_invalid":         {"This is not the address of a relay.", "Write it like https://chat.example.org."},
	"no_relay":                  {"No relay is known.", "Name one with --relay."},
	"relay_same":                {"It is the relay this device knows.", ""},
	"relay_new":                 {"A relay is there.", ""},
	"relay_changed":             {"Another relay answers under this address. Nothing was told to it.", "Ask the operator what changed; do not register anew before you know."},
	"versions_fit":              {"Both ends fit: {software} here, {relaySoftware} there.", ""},
	"version_unsupported":       {"This software ({software}) and the relay do not fit together.", "Update parley, or ask the operator to update the relay."},
	"clock_right":               {"The clock is right.", ""},
	"clock_ahead":               {"The clock is {offset} ahead. Messages work all the same.", "Set date and time to automatic."},
	"clock_behind":              {"The clock is {offset} behind. Messages work all the same.", "Set date and time to automatic."},
	"account_primary":           {"This is a primary device.", ""},
	"account_linked":            {"This is a linked device.", ""},
	"no_account":                {"This device has no account.", "Use parley register, or parley link."},
	"logged_out_removed":        {"This device was logged out, here or on the primary.", nextLinkOn},
	"logged_out_reregistered":   {"The number was registered on another device.", "If that was not you, tell the operator. Otherwise: " + nextLinkOn},
	"logged_out_primary_silent": {"This device was logged out because the primary was not used for too long.", "Open Parley on the primary. " + nextLinkOn},
	"logged_out_unused":         {"This device was logged out because it was not used for too long.", nextLinkOn},
	"device_listed":             {"This device is one of the account’s {count} devices.", ""},
	"device_missing":            {"This device is not in the account’s list.", nextLinkOn},
	"device_not_asked":          {"Whether this device is still listed is not known without a connection.", ""},
	"primary_active":            {"The primary is active.", ""},
	"primary_silent":            {"The primary was last active {age} ago. In {left} this device is logged out.", "Open Parley on the primary."},
	"storage_disk":              {"Saving works; data are on the disk.", ""},
	"storage_opfs":              {"Saving works; data are in the browser’s files.", ""},
	"storage_memory":            {"Nothing is kept after closing.", "Use a normal window, not a private one."},
	"storage_full":              {"There is no room left to save.", "Make some room, then try again. Nothing was lost."},
	"storage_failed":            {"Saving does not work.", "Check the disk and who may write in the folder."},
	"room_enough":               {"{free} are free.", ""},
	"room_low":                  {"Only {free} are free.", "Make some room."},
	"outbox_empty":              {"Nothing waits to be sent.", ""},
	"outbox_offline":            {"Messages that wait for a connection: {count}.", "They are sent by themselves."},
	"outbox_sending":            {"Messages being sent: {count}.", "Try again in a moment."},
	"outbox_held":               {"Messages that are held back: {count}.", "See the next line."},
	"outbox_refused":            {"Messages that the relay does not take: {count} ({cause}).", nextOperator},
	"chats_open":                {"Every chat has its keys.", ""},
	"chats_joining":             {"Chats that wait for new keys: {count}.", "They come with a connection. If not: parley devices repair."},
	"device_unverified":         {"Chats with a device nobody certified, to which nothing is sent: {count}.", "Ask your contact to check the linked devices, and compare safety numbers."},
	"device_not_removed":        {"Chats that still hold a logged-out device, to which nothing is sent: {count}.", "It ends by itself when the account’s primary is online; if not, tell the operator."},
	"messages_readable":         {"Every message can be read.", ""},
	"messages_waiting":          {"Messages that cannot be read yet: {count}.", "They are asked of your other devices and of the sender. Bring one of these online, or use: parley devices repair."},
	"history_here":              {"All history is here.", ""},
	"history_asked":             {"History waits for one of your other devices.", "Open Parley on it."},
	"history_coming":            {"History is on its way: {count} of {total} messages.", ""},
	"key_packages_enough":       {"Others can begin chats with this device.", ""},
	"key_packages_none":         {"The relay has no single-use key packages of this device; others begin chats with one that is used again.", "New ones are sent with the next connection. If this stays: " + nextOperator},
	"key_packages_not_asked":    {"Whether others can begin chats is not known without a connection.", ""},
}
