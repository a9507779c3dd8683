// The bounds of the wire: what a frame, a page and a payload may be. Owned by the protocol because
// both sides must agree on them; `src/limits.ts` adds those of the daemon. Units stand last.

const KiB = 1024
const MiB = 1024 * KiB

export const wireLimits = {
  /** Body of one message, before sealing. */
  bodyBytesMax: 128 * KiB,
  /** One sealed payload: the body, its envelope, at most 200 given-up messages, and padding (12 % at most). */
  payloadBytesMax: 160 * KiB,
  /** Messages in one append frame. */
  frameMessagesMax: 1000,
  /** Payload bytes in one append frame: a page never exceeds 1 MiB, and its table needs room. */
  frameBytesMax: MiB - 64 * KiB,
  /** A page takes no further frame once it holds this many messages or bytes. */
  pageMessagesFull: 128,
  pageBytesFull: 64 * KiB,
  /** What a page never exceeds. */
  pageMessagesMax: 1024,
  pageBytesMax: MiB,
  /** Page bytes in one `pages` message. One page may be larger than this, and then travels alone. */
  pagesBytesMax: 128 * KiB,
  pagesCountMax: 1024,
  /** One encrypted frame on a connection, whatever it carries. */
  streamFrameBytesMax: 8 * MiB,
  /** Channels that the other side may have open on one connection, ours and those of others. */
  channelsMax: 1040,
  /** Bytes of one channel's open, its handshake included. */
  openBytesMax: 4 * KiB,
  /** What a message adds to its payload in the window's account. */
  messageOverheadBytes: 64,
  /** Payload bytes plus overhead, sent and unanswered, on one room channel. */
  windowBytes: 4 * MiB,
  /** Given-up messages listed in one message. */
  givenUpMax: 200,
  /** Segments of a room told in one message. */
  segmentsMax: 4096,
  /** Pull streams open at the same time on one room channel. */
  streamsMax: 8,
  /** Proofs asked for and not answered on one room channel: each holds a page. */
  provesMax: 8,
  /** Peers told in one presence message. */
  presencePeersMax: 1024,
  /** Body of a broadcast, before sealing. */
  broadcastBytesMax: 8 * KiB,
  /** How old a broadcast may be when it is passed on or shown. */
  broadcastTtlMs: 30_000,
  /** Frames told in one offer between members. */
  offerMax: 1024,
  /** One sealed chunk of a file. */
  fileChunkBytesMax: 256 * KiB,
  /** Chunks of one file, and the parts of the content that they may lie in. */
  fileChunksMax: 131_072,
  /** Cores that the content of a room may lie in. */
  fileContentsMax: 256,
  /** What an author hands in about a file, sealed. */
  fileEntryBytesMax: 8 * KiB,
  /** Content that comes along with its entry, in one message. */
  filePutBytesMax: 64 * KiB,
  filePutChunksMax: 16,
  /** Bytes of chunks, or of entries, in one answer; a chunk and an entry fit in any case. */
  fileAnswerBytesMax: 512 * KiB,
  /** Entries in one answer, and keys in one question. */
  fileEntriesMax: 1024,
  /** Files whose content is asked for in one message. */
  filesWantedMax: 256,
  /** Older entries kept of one file. */
  fileVersionsMax: 100,
  /** Bytes of chunks and entries, sent and unanswered, on one files channel. */
  filesWindowBytes: 4 * MiB,
  /** What a request adds to that. */
  fileOverheadBytes: 256,
  /** Uploads under way on one files channel; answers to `get`, and to `watch`; questions not answered. */
  fileUploadsMax: 16,
  fileGetsMax: 32,
  fileWatchesMax: 8,
  fileQuestionsMax: 64,
  /** A path as UTF-8, how deep it is, and one name in it. */
  pathBytesMax: KiB,
  pathSegmentsMax: 64,
  segmentBytesMax: 255,
  /** Plaintext of one chunk of a file; the last has less, padded. */
  fileChunkBytes: 128 * KiB,
  /** Chunks whose hashes stand in one page, which is a chunk itself; and pages of one file: 16 GiB. */
  fileGroupChunks: 4096,
  fileGroupsMax: 32,
  mediaTypeBytesMax: 127,
  /** One value of a room's state, before sealing. */
  valueBytesMax: 4 * KiB,
  agentBytesMax: 64,
  /** A handle in its one form, as UTF-8: as long as an e-mail address may be. */
  handleBytesMax: 254,
  /** What a profile shows, before it may be sealed; a profile as it travels. */
  profileNameBytesMax: 128,
  profileAboutBytesMax: 256,
  profileFieldsBytesMax: 448,
  profileBytesMax: KiB,
  /** How long a profile may hold. */
  profileDaysMax: 30,
  /** People in one message of the directory channel, and those that one channel may watch by name. */
  peopleMax: 64,
  watchedMax: 256,
  detailBytesMax: 512,
  /** Roots named in an invite. */
  inviteRootsMax: 8
} as const
