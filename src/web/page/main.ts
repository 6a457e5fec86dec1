import { Drafts } from "../../client/input/editor.ts";
import { linkPort, pageLinkIn } from "../../client/model/links.ts";
import type { OwnMessage } from "../../client/model/outbox.ts";
import { isRoomName } from "../../client/model/rooms.ts";
import { note, step } from "../../client/model/state.ts";
import { Conversation } from "../../client/run/conversation.ts";
import { StateFolder } from "../../client/run/state-store.ts";
import { invitationIn } from "../../text/address.ts";
import { randomHex } from "../../text/bytes.ts";
import { fold } from "../../text/fold.ts";
import {
  BrowserFolder,
  browserClock,
  claimSlot,
  connectHere,
  eachFreeSlot,
  firstNick,
  httpsAddress,
  resumeKey,
  saveNick,
  secrecyOf,
} from "./browser.ts";
import { ask } from "./dialogs.ts";
import { Page } from "./page.ts";

const LOBBY = "#lobby";
const ID_BYTES = 16;
const TOKEN = "web";
const HISTORY_LINES = 100;

/** Starts the chat in the page. */
async function start(app: HTMLElement): Promise<void> {
  const address = {
    host: location.hostname,
    port: Number(location.port || linkPort(location.protocol.slice(0, -1))),
  };
  const slot = await claimSlot();
  const asked = new URLSearchParams(location.search).get("nick");
  const folder = new BrowserFolder();
  const state = new StateFolder(folder, address, slot.name);
  state.open();
  const outbox = [...state.savedOutbox()];
  // Messages of tabs that were closed before they could be sent.
  const slotNamed = (name: string) => {
    const other = new StateFolder(folder, address, name);
    other.open();
    return other;
  };
  const isLeft = (name: string) => name !== slot.name && slotNamed(name).savedOutbox().length > 0;
  await eachFreeSlot(isLeft, (name) => {
    const other = slotNamed(name);
    outbox.push(...other.savedOutbox());
    state.outbox(outbox);
    other.outbox([]);
  });
  const saved = state.savedMemory();
  const link = pageLinkIn(location.href);
  const linked = link?.room;
  const isKnown = linked !== undefined && saved?.rooms.some((name) => fold(name) === fold(linked));
  const memory = saved && isKnown ? { ...saved, current: linked } : saved;
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
  const nick = firstNick(asked) ?? login?.account ?? `guest${randomHex(2)}`;
  const identity = {
    // A login takes the nick of its account.
    ...{ nick, keepsNick: false, rooms, memory, isSavedLogin: login !== undefined },
    ...{ account: login?.account, password: login?.password },
    ...{ tokenName: TOKEN, savedToken: login?.token, invitation, resumeKey: resumeKey(slot) },
    newId: () => randomHex(ID_BYTES),
    history: { type: "lines", count: HISTORY_LINES } as const,
    ...{ interactive: true, home: LOBBY, readsOnDemand: true, fullScreen: true },
    privateWay: `Where the server has TLS, ${httpsAddress()} is private.`,
  };
  const setup = {
    ...{ server: { ...address, connect: connectHere }, clock: browserClock },
    ...{ strict: false, persists: true, stateStore: state },
  };
  let conversation: Conversation;
  const talk = (messages: readonly OwnMessage[], serverPassword?: string) => {
    conversation = new Conversation({ ...setup, identity: { ...identity, serverPassword }, outbox: messages }, page);
    page.attach(conversation);
    conversation.start();
    void conversation.ended.then((ending) => {
      page.showEnding(ending, (password) => talk(state.savedOutbox(), password));
    });
  };
  state.onTrouble = (words) => conversation.change((model, now) => step(model, note("trouble", now, words)));
  talk(outbox);
  addEventListener("pagehide", () => {
    page.flush();
    conversation.flush();
    const { wasWelcomed, wanted, account, identity } = conversation.model;
    // The nick of an account that was logged out is not a guest's.
    const isLeft = account !== undefined && identity.account === undefined && fold(wanted) === fold(account);
    if (wasWelcomed) saveNick(isLeft ? undefined : wanted);
    state.close();
    slot.release();
  });
  // The browser may bring a page back that it had kept whole.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
  addEventListener("hashchange", () => {
    const next = pageLinkIn(location.href);
    if (next) void page.open(next);
  });
  if (location.pathname !== "/") {
    const lines = ["Ask for the link again: it may have been cut off on its way."];
    void ask({ title: "This is no whole invitation link.", lines });
    history.replaceState(null, "", "/");
  }
  if (link) void page.open(link, isKnown || (linked !== undefined && rooms.includes(linked)));
}

const app = document.getElementById("app");
if (app) void start(app);
// Elsewhere the browser would refuse it.
if (secrecyOf(location) !== "exposed") void navigator.serviceWorker?.register("/worker.js");
