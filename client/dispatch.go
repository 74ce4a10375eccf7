package client

import (
	"context"
	"fmt"
	"sync"

	"parley/client/api"
	"parley/client/json"
)

// handler runs one method with JSON on both sides.
type handler func(ctx context.Context, c *Client, params json.RawMessage) (json.RawMessage, error)

// Call implements api.Core.
func (c *Client) Call(ctx context.Context, method string, params json.RawMessage) (json.RawMessage, error) {
	h, ok := methods()[method]
	if !ok {
		return nil, api.ErrUnknownMethod
	}
	result, err := h(ctx, c, params)
	if err != nil {
		return nil, c.present(method, err)
	}
	return result, nil
}

// methods is the table of all methods of the core API.
var methods = sync.OnceValue(func() map[string]handler {
	t := map[string]handler{}
	handle(t, api.GetStatus, (*Client).getStatus)
	handle(t, api.RequestCode, (*Client).requestCode)
	handle(t, api.Register, (*Client).register)
	handle(t, api.VerifyCode, (*Client).verifyCode)
	handle(t, api.VerifyPIN, (*Client).verifyPIN)
	handle(t, api.RequestPINResetMail, (*Client).requestPINResetMail)
	handle(t, api.VerifyPINResetMail, (*Client).verifyPINResetMail)
	handle(t, api.StartPINReset, (*Client).startPINReset)
	handle(t, api.GetTwoStep, (*Client).getTwoStep)
	handle(t, api.SetPIN, (*Client).setPIN)
	handle(t, api.ConfirmPIN, (*Client).confirmPIN)
	handle(t, api.SetRecoveryEmail, (*Client).setRecoveryEmail)
	handle(t, api.ConfirmRecoveryEmail, (*Client).confirmRecoveryEmail)
	handle(t, api.CancelPINReset, (*Client).cancelPINReset)
	handle(t, api.StartLink, (*Client).startLink)
	handle(t, api.StartCodeLink, (*Client).startCodeLink)
	handle(t, api.ConfirmLinkWords, (*Client).confirmLinkWords)
	handle(t, api.ClaimLinkCode, (*Client).claimLinkCode)
	handle(t, api.CancelLink, (*Client).stopLink)
	handle(t, api.InspectLink, (*Client).inspectLink)
	handle(t, api.AcceptLink, (*Client).acceptLink)
	handle(t, api.AcceptMove, (*Client).acceptMove)
	handle(t, api.RejectLink, (*Client).rejectLink)
	handle(t, api.ListDevices, (*Client).listDevices)
	handle(t, api.RenameDevice, (*Client).renameDevice)
	handle(t, api.RemoveDevice, (*Client).removeDevice)
	handle(t, api.RemoveOtherDevices, (*Client).removeOtherDevices)
	handle(t, api.ExportDevices, (*Client).exportDevices)
	handle(t, api.GetHistory, (*Client).getHistory)
	handle(t, api.RepairDevice, (*Client).repairDevice)
	handle(t, api.ListNotices, (*Client).listNotices)
	handle(t, api.AnswerNotice, (*Client).answerNotice)
	handle(t, api.Logout, (*Client).logout)
	handle(t, api.SetName, (*Client).setName)
	handle(t, api.SetPicture, (*Client).setPicture)
	handle(t, api.GetPicture, (*Client).getPicture)
	handle(t, api.GetSettings, (*Client).getSettings)
	handle(t, api.ChangeSettings, (*Client).changeSettings)
	handle(t, api.ListChats, (*Client).listChats)
	handle(t, api.OpenChat, (*Client).openChat)
	handle(t, api.GetChat, (*Client).getChat)
	handle(t, api.ListMessages, (*Client).listMessages)
	handle(t, api.Send, (*Client).send)
	handle(t, api.PutFile, (*Client).putFile)
	handle(t, api.AddSealedFile, (*Client).addSealedFile)
	handle(t, api.SendMedia, (*Client).sendMedia)
	handle(t, api.PauseMedia, (*Client).pauseMedia)
	handle(t, api.ResumeMedia, (*Client).resumeMedia)
	handle(t, api.CancelMedia, (*Client).cancelMedia)
	handle(t, api.DownloadMedia, (*Client).downloadMedia)
	handle(t, api.SaveFile, (*Client).saveFile)
	handle(t, api.OpenFile, (*Client).openFile)
	handle(t, api.OpenOnce, (*Client).openOnce)
	handle(t, api.CloseOnce, (*Client).closeOnce)
	handle(t, api.GetStorageUse, (*Client).storageUse)
	handle(t, api.ListFiles, (*Client).listFiles)
	handle(t, api.RemoveFiles, (*Client).removeFiles)
	handle(t, api.CheckFiles, (*Client).checkFiles)
	handle(t, api.ListStickers, (*Client).listStickers)
	handle(t, api.AddSticker, (*Client).addSticker)
	handle(t, api.RemoveSticker, (*Client).removeSticker)
	handle(t, api.SendSticker, (*Client).sendSticker)
	handle(t, api.OpenSticker, (*Client).openSticker)
	handle(t, api.FetchLinkPreview, (*Client).fetchLinkPreview)
	handle(t, api.Report, (*Client).report)
	handle(t, api.Edit, (*Client).edit)
	handle(t, api.React, (*Client).react)
	handle(t, api.Delete, (*Client).deleteMessages)
	handle(t, api.Forward, (*Client).forward)
	handle(t, api.SendPoll, (*Client).sendPoll)
	handle(t, api.Vote, (*Client).vote)
	handle(t, api.SendLocation, (*Client).sendLocation)
	handle(t, api.SendContact, (*Client).sendContact)
	handle(t, api.SetTimer, (*Client).setTimer)
	handle(t, api.Pin, (*Client).pin)
	handle(t, api.GetMessageDetails, (*Client).messageDetails)
	handle(t, api.NewMessageID, (*Client).newMessageID)
	handle(t, api.Retry, (*Client).retryMessage)
	handle(t, api.MarkRead, (*Client).markRead)
	handle(t, api.SetTyping, (*Client).setTyping)
	handle(t, api.SetAvailable, (*Client).setAvailable)
	handle(t, api.Search, (*Client).search)
	handle(t, api.ChangeChat, (*Client).changeChat)
	handle(t, api.SetBlocked, (*Client).setBlocked)
	handle(t, api.ListBlocked, (*Client).listBlocked)
	handle(t, api.Star, (*Client).star)
	handle(t, api.ListStarred, (*Client).listStarred)
	handle(t, api.GetSafetyNumber, (*Client).getSafetyNumber)
	handle(t, api.CompareSafetyCode, (*Client).compareSafetyCode)
	handle(t, api.SetVerified, (*Client).setVerified)
	handle(t, api.CreateGroup, (*Client).createGroup)
	handle(t, api.GetGroup, (*Client).getGroup)
	handle(t, api.AddToGroup, (*Client).addToGroup)
	handle(t, api.RemoveFromGroup, (*Client).removeFromGroup)
	handle(t, api.ChangeGroup, (*Client).changeGroupCall)
	handle(t, api.LeaveGroup, (*Client).leaveGroup)
	handle(t, api.JoinGroup, (*Client).joinGroup)
	handle(t, api.WithdrawJoin, (*Client).withdrawJoin)
	handle(t, api.AnswerJoin, (*Client).answerJoin)
	handle(t, api.CreateCommunity, (*Client).createCommunity)
	handle(t, api.GetCommunity, (*Client).getCommunity)
	handle(t, api.ListLinkable, (*Client).listLinkable)
	handle(t, api.LinkGroup, (*Client).linkGroup)
	handle(t, api.UnlinkGroup, (*Client).unlinkGroup)
	handle(t, api.JoinCommunityGroup, (*Client).joinCommunityGroup)
	handle(t, api.LeaveCommunity, (*Client).leaveCommunity)
	handle(t, api.EndCommunity, (*Client).endCommunity)
	handle(t, api.Sync, (*Client).sync)
	handle(t, api.GetPush, (*Client).getPush)
	handle(t, api.SetPush, (*Client).setPush)
	handle(t, api.TestPush, (*Client).testPush)
	handle(t, api.Diagnose, (*Client).diagnose)
	handle(t, api.Reconnect, (*Client).reconnect)
	return t
})

// handle adds a method. What its types do not matter for is left to functions that
// are there once: the table is a good part of what browsers download.
func handle[P, R any](table map[string]handler, m api.Method[P, R], f func(*Client, context.Context, P) (R, error)) {
	table[m.Name] = func(ctx context.Context, c *Client, params json.RawMessage) (json.RawMessage, error) {
		var p P
		if err := decodeParams(params, &p); err != nil {
			return nil, err
		}
		r, err := f(c, ctx, p)
		return encodeResult(r, err)
	}
}

func decodeParams(params json.RawMessage, into any) error {
	if len(params) == 0 {
		return nil
	}
	if err := json.Unmarshal(params, into); err != nil {
		return fmt.Errorf("%w (%w)", api.ErrBadParams, err)
	}
	return nil
}

func encodeResult(result any, err error) (json.RawMessage, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(result)
}
