import { Drafts } from "../../client/input/editor.ts";
import type { OwnMessage } from "../../client/model/outbox.ts";
import { isRoomName } from "../../client/model/rooms.ts";
import { note, step } from "../../client/model/state.ts";
import { Conversation } from "../../client/run/conversation.ts";
import { StateFolder } from "../../client/run/state-store.ts";
import { randomHex } from "../../text/bytes.ts";
import { invitationIn } from "../../text/token.ts";
import { httpsAddress, roomIn } from "./address.ts";
import { Page } from "./page.ts";
import { connectHere, secrecyOf } from "./socket.ts";
import { BrowserFolder, browserClock, firstNick, resumeKey, saveNick } from "./storage.ts";

const LOBBY = "#lobby";
const ID_BYTES = 16;
const TOKEN = "web";
const HISTORY_LINES = 100;
const UNREACHABLE = 3; // the code of a conversation whose server could not be reached
const RETRY = 3000; // ms

/** Starts the chat in the page. */
function start(app: HTMLElement): void {
  const address = {
    host: location.hostname,
    port: Number(location.port || (location.protocol === "https:" ? 443 : 80)),
  };
  const asked = new URLSearchParams(location.search).get("nick");
  const nick = firstNick(asked) ?? `guest${randomHex(2)}`;
  const state = new StateFolder(new BrowserFolder(), address, "page");
  state.open();
  const outbox = state.savedOutbox();
  const memory = state.savedMemory();
  const targets = outbox.map((own) => own.target).filter(isRoomName);
  // An invitation link is used once: a page that is loaded again is at its own address.
  const invitation = invitationIn(`${location.origin}${location.pathname}`);
  if (invitation !== undefined) history.replaceState(null, "", `/${location.search}`);
  const wanted = memory || invitation !== undefined ? [] : [LOBBY];
  const rooms = [...new Set([...wanted, ...targets.filter((name) => !memory?.rooms.includes(name))])];
  const drafts = new Drafts(state.savedDrafts(), browserClock, (texts) => state.drafts(texts));
  const page = new Page(app, drafts, state);
  // Of a login only a token is kept. Over plain http, others could read it.
  const [login] = secrecyOf(location) === "exposed" ? [] : state.savedLogins();
  const identity = {
    ...{ nick, rooms, memory, account: login?.account, password: login?.password, isSavedLogin: login !== undefined },
    ...{ serverPassword: undefined, tokenName: TOKEN, invitation, resumeKey: resumeKey() },
    newId: () => randomHex(ID_BYTES),
    history: { type: "lines", count: HISTORY_LINES } as const,
    ...{ interactive: true, home: LOBBY, readsOnDemand: true, fullScreen: true },
    privateWay: `Where the server has TLS, ${httpsAddress()} is private.`,
  };
  const setup = {
    ...{ server: { ...address, connect: connectHere }, identity, clock: browserClock },
    ...{ strict: false, stateStore: state },
  };
  let conversation: Conversation;
  const talk = (messages: readonly OwnMessage[]) => {
    conversation = new Conversation({ ...setup, outbox: messages }, page);
    page.attach(conversation);
    conversation.start();
    void conversation.ended.then(({ code, words }) => {
      const again = () => talk(state.savedOutbox());
      const next = once(again);
      page.showEnding(words.length > 0 ? words : ["You have left."], next);
      // Before the first welcome, a conversation ends when the server cannot be reached.
      if (code === UNREACHABLE) setTimeout(next, RETRY);
    });
  };
  state.onTrouble = (words) => conversation.change((model, now) => step(model, note("trouble", now, words)));
  talk(outbox);
  addEventListener("pagehide", () => {
    page.flush();
    conversation.flush();
    if (conversation.model.wasWelcomed) saveNick(conversation.model.wanted);
    state.close();
  });
  // The browser may bring a page back that it had kept whole.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) state.open();
  });
  const open = (joining: readonly string[]) => {
    const room = roomIn(location);
    if (room !== undefined) void page.open(room, joining);
  };
  addEventListener("hashchange", () => open([]));
  open([...rooms, ...(memory?.rooms ?? [])]);
}

/** The function, which does nothing when it is called again. */
function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

const app = document.getElementById("app");
if (app) start(app);
// Elsewhere the browser would refuse it.
if (secrecyOf(location) !== "exposed") void navigator.serviceWorker?.register("/worker.js");
