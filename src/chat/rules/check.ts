import type { Act, EnterAct, PostAct, RegisterAct, ServerAct } from "../model/act.ts";
import type { NewEvent } from "../model/event.ts";
import { accepted, type CheckResult, NOTHING } from "../model/refusal.ts";
import type { Session } from "../model/session.ts";
import type { State } from "../model/state.ts";
import { appearance } from "../visibility.ts";
import {
  checkAddAccount,
  checkChangeCertificate,
  checkChangePassword,
  checkEndPush,
  checkLinkKey,
  checkRegister,
  checkRemoveAccount,
  checkSetAutojoin,
  checkSetIgnored,
  checkSetPassword,
  checkSetPush,
  withKeyUse,
} from "./account-changes.ts";
import { checkBan, checkBanFromRoom, checkLiftBan } from "./bans.ts";
import { checkInvite } from "./invitations.ts";
import { checkRedact, checkSay, checkSignal } from "./messages.ts";
import { checkClearMetadata, checkSetMetadata } from "./metadata.ts";
import { checkChangeModes, checkSetTopic } from "./modes.ts";
import { checkEnter, checkRename, checkSetAway, checkSetRealname } from "./people.ts";
import { checkCatchUp, checkMarkRead } from "./read-markers.ts";
import {
  type Actor,
  checkDropRoom,
  checkJoin,
  checkKick,
  checkLeave,
  checkRenameRoom,
  checkRestoreRooms,
} from "./rooms.ts";
import { checkAnnounce, checkChangeUserModes, checkEmpower, checkExpel, disempowered } from "./server-operators.ts";
import { checkEndSession, checkIdentify, checkLose, checkQuit, checkReclaim, loggedOut } from "./sessions.ts";
import { checkAddToken, checkPost, checkRemoveToken } from "./tokens.ts";

/**
 * A program's checks, and the version of their semantics. A check that decides otherwise than before, an event that is
 * applied otherwise, or a new kind of act raises `newest`, and holds from that version on only (`State.semantics`): the
 * nodes of a cluster run the same acts with programs of different versions, until all have been upgraded.
 */
export interface Semantics {
  /** The newest version that the program knows; it knows all earlier ones too. */
  readonly newest: number;
  check(state: State, session: Session, act: Act): CheckResult;
}

/**
 * The semantics of this program:
 *
 * 2. The nodes of a cluster compare their rows too (`cluster/order.ts`).
 * 3. A login can change the nick (`IdentifyAct.nick`), and the quit of a guest whose session moves to another member names
 *    that member; an emoji with U+FE0F after it and without is the same reaction.
 */
export const SEMANTICS: Semantics = { newest: 3, check };

/**
 * Checks an act of a session against the state, without changing anything. Before the session has a member, only
 * `enter`, `register` and `post` are allowed; afterwards everything except `enter` is.
 *
 * A member that joined a room quietly is announced before its first act there: the `appeared` event comes first.
 */
function check(state: State, session: Session, act: Act): CheckResult {
  const { member } = session;
  if (act.type === "enter") return member ? NOTHING : withKeyUse(state, act.account, checkEnter(state, act));
  if (act.type === "register") return checkRegister(state, member, act);
  if (act.type === "post") return checkPost(state, act);
  if (!member) return NOTHING;
  const result = checkActOf(state, { session, member }, act);
  const room = result.events && roomActedIn(act);
  const appeared = room === undefined ? undefined : appearance(state.room(room), member);
  return appeared ? { ...result, events: withFirst(appeared, result.events ?? []) } : result;
}

/** The room whose members see the act, unless it is a join or a leave. */
function roomActedIn(act: Act): string | undefined {
  switch (act.type) {
    case "say":
    case "signal":
      return act.to;
    case "redact":
    case "set-metadata":
    case "clear-metadata":
      return act.target;
    case "set-topic":
    case "change-modes":
    case "rename-room":
    case "ban-from-room":
    case "kick":
    case "invite":
    case "drop-room":
      return act.room;
    default:
      return undefined;
  }
}

function* withFirst(first: NewEvent, events: Iterable<NewEvent>): Generator<NewEvent, void> {
  yield first;
  yield* events;
}

function checkActOf(
  state: State,
  { session, member }: Actor,
  act: Exclude<Act, EnterAct | RegisterAct | PostAct>,
): CheckResult {
  switch (act.type) {
    case "join":
      return checkJoin(state, { session, member }, act);
    case "leave":
      return checkLeave(state, { session, member }, act);
    case "say":
      return checkSay(state, member, act);
    case "signal":
      return checkSignal(state, member, act);
    case "rename":
      return checkRename(state, member, act);
    case "set-topic":
      return checkSetTopic(state, member, act);
    case "change-modes":
      return checkChangeModes(state, member, act);
    case "ban-from-room":
      return checkBanFromRoom(state, member, act);
    case "rename-room":
      return checkRenameRoom(state, member, act);
    case "kick":
      return checkKick(state, member, act);
    case "invite":
      return checkInvite(state, member, act);
    case "set-away":
      return checkSetAway(state, member, act);
    case "set-realname":
      return checkSetRealname(state, member, act);
    case "set-metadata":
      return checkSetMetadata(state, member, act);
    case "clear-metadata":
      return checkClearMetadata(state, member, act);
    case "change-user-modes":
      return checkChangeUserModes(state, member, act);
    case "empower":
      return checkEmpower(state, member, act);
    case "announce":
      return checkAnnounce(state, member, act);
    case "expel":
      return checkExpel(state, member, act);
    case "ban":
      return checkBan(state, member, act);
    case "drop-room":
      return checkDropRoom(state, member, act);
    case "lift-ban":
      return checkLiftBan(state, member, act);
    case "mark-read":
      return checkMarkRead(state, member, act);
    case "catch-up":
      return checkCatchUp(state, member, act);
    case "restore-rooms":
      return checkRestoreRooms(state, member, act);
    case "set-autojoin":
      return checkSetAutojoin(state, member, act);
    case "redact":
      return checkRedact(state, member, act);
    case "identify":
      return withKeyUse(state, act.account, checkIdentify(state, member, act));
    case "change-password":
      return checkChangePassword(state, session, act);
    case "change-certificate":
      return checkChangeCertificate(state, session, act);
    case "link-key":
      return checkLinkKey(state, member, act);
    case "set-ignored":
      return checkSetIgnored(state, member, act);
    case "set-push":
      return checkSetPush(state, member, act);
    case "add-token":
      return checkAddToken(state, member, act);
    case "remove-token":
      return checkRemoveToken(state, member, act);
    case "remove-account":
      return checkRemoveAccount(state, member, act);
    case "reclaim":
      return checkReclaim(state, member, act);
    case "end-session":
      return checkEndSession(state, member, act);
    case "lose":
      return checkLose(state, member, act);
    case "quit":
      return checkQuit(state, member, act);
  }
}

/** Checks an act of the server itself. It is never refused, but may have no effect. */
export function checkServerAct(state: State, act: ServerAct): CheckResult {
  switch (act.type) {
    case "configure":
      return accepted({ type: "configured", rules: act.rules });
    case "forget":
      return accepted({ type: "forgotten", deletion: act.deletion });
    case "log-out":
      return { events: loggedOut(state, act) };
    case "add-account":
      return checkAddAccount(state, act);
    case "set-password":
      return checkSetPassword(state, act);
    case "end-push":
      return checkEndPush(state, act);
    case "disempower":
      return { events: disempowered(state, new Set(act.names), act.why) };
  }
}
