// A peer that is ts-mls.
//
// Two bugs of ts-mls 2.0.0-rc.10 are worked around here, and only here (for a
// third, see exclusions_test.go):
//
//   - The content of its external_pub extension is the bare key. RFC 9420
//     section 12.4.3.2 has a struct with an HPKEPublicKey, which is a vector: the
//     key has a length before it. It is added to the GroupInfo that goes out,
//     and taken off keys that come in.
//   - Its P-256 signature keys are compressed points. RFC 9420 section 5.1.1
//     has uncompressed ones, so we make the key pair.

import { p256 } from "@noble/curves/nist.js";
import * as mls from "ts-mls";
import { serve } from "./lines.mjs";

// A key with its length before it (RFC 9420 section 2.1.2).
const lengthOf = (key) => (key.length < 64 ? [key.length] : [0x40 | (key.length >> 8), key.length & 0xff]);
const withLength = (key) => new Uint8Array([...lengthOf(key), ...key]);
// A key of 32 bytes (X25519) or 65 (P-256), without the length if there is one.
const withoutLength = (data) => data.slice({ 33: 1, 67: 2 }[data.length] ?? 0);

let impl; // of the cipher suite
let context;
let credential;
let signatureKeyPair;
let last; // the last key package
let state; // of the group

// publishing and joining are impl with external_pub as RFC 9420 has it.
const publishing = () => ({
  ...impl,
  hpke: { ...impl.hpke, exportPublicKey: async (key) => withLength(await impl.hpke.exportPublicKey(key)) },
});
const joining = () => ({
  ...impl,
  hpke: { ...impl.hpke, importPublicKey: (data) => impl.hpke.importPublicKey(withoutLength(data)) },
});

async function makePeer(suite) {
  const name = Object.keys(mls.ciphersuites).find((key) => mls.ciphersuites[key] === suite);
  impl = await mls.getCiphersuiteImpl(name);
  context = { cipherSuite: impl, authService: mls.unsafeTestingAuthenticationService };
  const identity = `${crypto.randomUUID()}:7@ts-mls.invalid`; // of the form core-crypto asks for
  credential = {
    credentialType: mls.defaultCredentialTypes.basic,
    identity: new TextEncoder().encode(identity),
  };
  signatureKeyPair = await makeSignatureKeyPair(suite);
  last = state = undefined;
}

async function makeSignatureKeyPair(suite) {
  if (suite !== mls.ciphersuites.MLS_128_DHKEMP256_AES128GCM_SHA256_P256) return impl.signature.keygen();
  const signKey = p256.utils.randomSecretKey();
  return { signKey, publicKey: p256.getPublicKey(signKey, false) };
}

// Without extensions in the key package: by default it draws some (GREASE) that
// are not among the capabilities of its leaf, and core-crypto refuses them.
const newKeyPackage = () =>
  mls.generateKeyPackageWithKey({ credential, signatureKeyPair, cipherSuite: impl, extensions: [] });

const version = mls.protocolVersions.mls10;
const encode = (message) => mls.encode(mls.mlsMessageEncoder, message);

function decode(data) {
  const message = mls.decode(mls.mlsMessageDecoder, data);
  if (message === undefined) throw new Error("not an MLSMessage");
  return message;
}

const authenticator = () => state.keySchedule.epochAuthenticator;

async function commit(proposals, { Public: wireAsPublicMessage = false }) {
  const result = await mls.createCommit({
    context,
    state,
    wireAsPublicMessage,
    ratchetTreeExtension: true,
    extraProposals: proposals,
  });
  state = result.newState;
  const welcome = result.welcome === undefined ? undefined : encode(result.welcome);
  return { commit: encode(result.commit), welcome, ea: authenticator() };
}

async function propose(proposal, { Public: wireAsPublicMessage = false }) {
  const result = await mls.createProposal({ context, state, wireAsPublicMessage, proposal });
  state = result.newState;
  return { msg: encode(result.message), ea: authenticator() };
}

const addition = (data) => ({
  proposalType: mls.defaultProposalTypes.add,
  add: { keyPackage: decode(data).keyPackage },
});

const removal = (leaf) => ({
  proposalType: mls.defaultProposalTypes.remove,
  remove: { removed: parseInt(leaf, 16) },
});

async function process_(data) {
  const result = await mls.processMessage({ context, state, message: decode(data) });
  state = result.newState;
  if (state.groupActiveState.kind !== "active") return {};
  return { pt: result.kind === "applicationMessage" ? result.message : undefined, ea: authenticator() };
}

const operations = {
  async new(suite) {
    await makePeer((suite[0] << 8) | suite[1]);
    return { identity: credential.identity };
  },
  async newkp() {
    last = await newKeyPackage();
    const wireformat = mls.wireformats.mls_key_package;
    return { kp: encode({ version, wireformat, keyPackage: last.publicPackage }) };
  },
  async create(groupId) {
    const { publicPackage: keyPackage, privatePackage: privateKeyPackage } = await newKeyPackage();
    state = await mls.createGroup({ context, groupId, keyPackage, privateKeyPackage });
    return { ea: authenticator() };
  },
  async join(data) {
    const { publicPackage: keyPackage, privatePackage: privateKeys } = last;
    state = await mls.joinGroup({ context, welcome: decode(data).welcome, keyPackage, privateKeys });
    return { ea: authenticator() };
  },
  async ext(data) {
    const { groupInfo } = decode(data);
    const { publicPackage: keyPackage, privatePackage: privateKeys } = await newKeyPackage();
    const tree = groupInfo.extensions.find((e) => e.extensionType === mls.defaultExtensionTypes.ratchet_tree);
    const resync = Buffer.from(tree.extensionData).includes(signatureKeyPair.publicKey);
    const joined = await mls.joinGroupExternal({
      context: { ...context, cipherSuite: joining() },
      groupInfo,
      keyPackage,
      privateKeys,
      resync,
    });
    state = joined.newState;
    const wireformat = mls.wireformats.mls_public_message;
    return { commit: encode({ version, wireformat, publicMessage: joined.publicMessage }), ea: authenticator() };
  },
  add: (data, request) => commit([addition(data)], request),
  // Takes any number of leaves, of eight digits each, to remove with one commit.
  remove: (_, request) => commit(request.Data.match(/.{8}/g).map(removal), request),
  "propose-add": (data, request) => propose(addition(data), request),
  "propose-remove": (_, request) => propose(removal(request.Data), request),
  commit: (_, request) => commit([], request),
  async send(message) {
    const result = await mls.createApplicationMessage({ context, state, message });
    state = result.newState;
    return { msg: encode(result.message), ea: authenticator() };
  },
  recv: process_,
  process: process_,
  async gi() {
    const groupInfo = await mls.createGroupInfoWithExternalPubAndRatchetTree(state, [], publishing());
    return { gi: encode({ version, wireformat: mls.wireformats.mls_group_info, groupInfo }), ea: authenticator() };
  },
  async export() {
    const secret = state.keySchedule.exporterSecret;
    const text = new TextEncoder();
    return { x: await mls.mlsExporter(secret, "test", text.encode("ctx"), 32, impl), ea: authenticator() };
  },
};

await serve(operations);
