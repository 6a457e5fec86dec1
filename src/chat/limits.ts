/** What the chat allows; 0 is no limit for the counts. */
export interface ChatLimits {
  /** Characters. */
  readonly nickLength: number;
  /** Characters, the `#` included. */
  readonly roomLength: number;
  /** Bytes. */
  readonly topicLength: number;
  /** Bytes. */
  readonly realnameLength: number;
  /** Characters. */
  readonly keyLength: number;
  readonly roomsPerMember: number;
  /** Bytes of one message. */
  readonly messageBytes: number;
  readonly messageLines: number;
  /** Masks in all of a room's lists together. */
  readonly listEntries: number;
}

/** The numbers that good servers have settled on (Ergo's, but for the message). */
export const CHAT_LIMITS: ChatLimits = {
  nickLength: 32,
  roomLength: 64,
  topicLength: 390,
  realnameLength: 150,
  keyLength: 32,
  roomsPerMember: 100,
  messageBytes: 4096,
  messageLines: 100,
  listEntries: 100,
};
