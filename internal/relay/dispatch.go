package relay

import "parley/wire"

// handle carries out one request. Those that write to a conversation or a
// cursor are answered later, when they are on disk; the others before handle
// returns.
func (s *Session) handle(id uint64, call wire.RequestCall) {
	if err := s.allowed(call); err != nil {
		s.answer(id, nil, err)
		return
	}
	switch m := call.(type) {
	case *wire.CreateConversation:
		s.createConversation(id, m)
	case *wire.ResetConversation:
		s.resetConversation(id, m)
	case *wire.Send:
		s.send(id, m)
	case *wire.LeaveConversation:
		s.leaveConversation(id, m)
	case *wire.Ack:
		s.ack(id, m)
	case *wire.MarkRead:
		s.markRead(id, m)
	case *wire.Pull:
		s.pull(id, m)
	case *wire.RemoveDevice:
		s.removeDevice(id, m)
	case *wire.MovePrimary:
		s.movePrimary(id, m)
	case *wire.FinishMedia:
		s.finishMedia(id, m)
	case *wire.TestPush:
		s.testPush(id)
	case *wire.FetchLinkPreview:
		s.fetchLinkPreview(id, m)
	default:
		answer := s.answer
		if s.stage != stageAuthenticated { // what such a connection gets is short
			answer = s.answerHere
		}
		result, err, forwarded := s.forwardLink(call)
		if !forwarded {
			result, err = s.call(call)
		}
		answer(id, result, err)
	}
}

// allowed checks the order of things: Hello first, then what needs no
// authentication, and the rest after it.
func (s *Session) allowed(call wire.RequestCall) error {
	switch call.(type) {
	case *wire.Hello:
		if s.stage != stageFresh {
			return refuse(wire.ErrorMalformed)
		}
		return nil
	case *wire.Ping:
		return nil
	}
	if s.stage == stageFresh {
		return refuse(wire.ErrorNotAuthenticated)
	}
	switch call.(type) {
	case *wire.CheckPin, *wire.CheckMailCode:
		return s.allowedCheck(call)
	case *wire.ExchangeLinkShare, *wire.RejectLinkSlot:
		if s.stage == stageGreeted {
			return nil // the new device
		}
	case *wire.RequestCode, *wire.VerifyCode, *wire.Register, *wire.OpenLinkSlot, *wire.Authenticate, *wire.OpenCodeSlot, *wire.PutLinkOffer,
		*wire.RequestPinResetMail, *wire.StartPinReset:
		if s.stage == stageAuthenticated {
			return refuse(wire.ErrorMalformed)
		}
		return nil
	}
	if s.stage != stageAuthenticated {
		return refuse(wire.ErrorNotAuthenticated)
	}
	return s.allowedDevice(call)
}

// allowedCheck holds checks with a token to connections that are nobody's, and
// those without to devices.
func (s *Session) allowedCheck(call wire.RequestCall) error {
	var token []byte
	switch m := call.(type) {
	case *wire.CheckPin:
		token = m.Token
	case *wire.CheckMailCode:
		token = m.Token
	}
	switch {
	case s.stage != stageAuthenticated && len(token) == 0:
		return refuse(wire.ErrorNotAuthenticated)
	case s.stage != stageAuthenticated:
		return nil
	case len(token) > 0:
		return refuse(wire.ErrorMalformed)
	}
	return s.allowedDevice(call)
}

// allowedDevice keeps what only the primary may do from the others (M21).
func (s *Session) allowedDevice(call wire.RequestCall) error {
	switch call.(type) {
	case *wire.ClaimLinkSlot, *wire.AddDevice, *wire.RejectLinkSlot, *wire.ClaimCodeSlot, *wire.ExchangeLinkShare,
		*wire.SetPin, *wire.SetRecoveryEmail, *wire.CheckPin, *wire.CheckMailCode:
		if !s.who.primary {
			return refuse(wire.ErrorPrimaryOnly)
		}
	}
	return nil
}

// call carries out the requests that are answered at once.
func (s *Session) call(call wire.RequestCall) (wire.ResponseResult, error) {
	switch m := call.(type) {
	case *wire.Ping:
		return &wire.Done{}, nil
	case *wire.Hello:
		return s.hello(m)
	case *wire.RequestCode:
		return s.requestCode(m)
	case *wire.VerifyCode:
		return s.verifyCode(m)
	case *wire.Register:
		return s.register(m)
	case *wire.Authenticate:
		return s.authenticate(m)
	case *wire.OpenLinkSlot:
		return s.openLinkSlot(m)
	case *wire.ClaimLinkSlot:
		return s.claimLinkSlot(m)
	case *wire.AddDevice:
		return s.addDevice(m)
	case *wire.RejectLinkSlot:
		return s.rejectLinkSlot(m)
	case *wire.OpenCodeSlot:
		return s.openCodeSlot(m)
	case *wire.ClaimCodeSlot:
		return s.claimCodeSlot(m)
	case *wire.ExchangeLinkShare:
		return s.exchangeLinkShare(m)
	case *wire.PutLinkOffer:
		return s.putLinkOffer(m)
	}
	return s.callMember(call)
}

// callMember carries out the requests of a device about accounts and
// conversations.
func (s *Session) callMember(call wire.RequestCall) (wire.ResponseResult, error) {
	switch m := call.(type) {
	case *wire.ListDevices:
		return s.listDevices()
	case *wire.PublishKeyPackages:
		return s.publishKeyPackages(m)
	case *wire.ClaimKeyPackages:
		return s.claimKeyPackages(m)
	case *wire.LookUpAccount:
		return s.lookUpAccount(m)
	case *wire.FetchGroupInfo:
		return s.fetchGroupInfo(m)
	case *wire.ListConversations:
		return s.listConversations()
	case *wire.PullReceipts:
		return s.pullReceipts(m)
	case *wire.SetTyping:
		return s.setTyping(m)
	case *wire.SetPresence:
		return s.setPresence(m)
	case *wire.RequestJoin:
		return s.requestJoin(m)
	case *wire.ListJoinRequests:
		return s.listJoinRequests(m)
	case *wire.DropJoinRequest:
		return s.dropJoinRequest(m)
	case *wire.WatchPresence:
		return s.watchPresence(m)
	case *wire.GetPush:
		return s.getPush()
	case *wire.SetPushSubscription:
		return s.setPushSubscription(m)
	case *wire.SetBlocked:
		return s.setBlocked(m)
	case *wire.ListBlocked:
		return s.listBlocked()
	case *wire.ReportAccount:
		return s.reportAccount(m)
	}
	return s.callHistory(call)
}

// callTwoStep carries out the requests about two-step verification.
func (s *Session) callTwoStep(call wire.RequestCall) (wire.ResponseResult, error) {
	switch m := call.(type) {
	case *wire.GetTwoStep:
		return s.getTwoStep()
	case *wire.SetPin:
		return s.setPIN(m)
	case *wire.CheckPin:
		return s.checkPIN(m)
	case *wire.SetRecoveryEmail:
		return s.setRecoveryEmail(m)
	case *wire.RequestPinResetMail:
		return s.requestPINResetMail(m)
	case *wire.CheckMailCode:
		return s.checkMailCode(m)
	case *wire.StartPinReset:
		return s.startPINReset(m)
	case *wire.CancelPinReset:
		return s.cancelPINReset()
	}
	return nil, refuse(wire.ErrorMalformed)
}
