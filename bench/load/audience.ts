import { inFlight, Member } from "./member.ts";
import { Template } from "./message-text.ts";

/** Who is where. Rooms are dealt to groups in turn: all of a group are in the same rooms, and so are sent the same. */
export interface CrowdPlan {
  readonly port: number;
  readonly speaks: "irc" | "plain";
  /** IRC: the capabilities to ask for. Plain: what one says first, `{nick}` being the nick. */
  readonly opening: string;
  /** Whether one is sent what one says oneself. */
  readonly echo: boolean;
  readonly groups: number;
  /** Members of a group. */
  readonly size: number;
  readonly rooms: number;
  /** Members of a group who speak in each of its rooms. */
  readonly senders: number;
  /** Bytes of a message's text. */
  readonly body: number;
  /** How many may connect at once. */
  readonly atOnce: number;
}

/** Members who are in the same rooms. */
export interface Group {
  readonly members: readonly Member[];
  readonly rooms: readonly string[];
  readonly senders: Sender[];
}

/** Someone who speaks in a room. */
export interface Sender {
  readonly number: number;
  readonly member: Member;
  readonly group: Group;
  readonly room: string;
  readonly template: Template;
  /** Whose having received a message makes room for the next. */
  readonly probe: Member;
  /** Messages sent so far: the number of the next. */
  sent: number;
}

/** Everyone, connected and in their rooms. */
export interface Crowd {
  readonly plan: CrowdPlan;
  readonly members: readonly Member[];
  readonly groups: readonly Group[];
  readonly senders: readonly Sender[];
}

/** The nick of the nth member. */
export function nickOf(number: number): string {
  return `u${String(number).padStart(6, "0")}`;
}

const JOINING = 200; // at once

export async function assemble(plan: CrowdPlan): Promise<Crowd> {
  const isIrc = plan.speaks === "irc";
  const members: Member[] = [];
  const numbers = Array.from({ length: plan.groups * plan.size }, (_, i) => i);
  await inFlight(plan.atOnce, numbers, async (number) => {
    const member = await Member.open(plan.port, nickOf(number));
    members[number] = member;
    if (isIrc) await member.register(plan.opening);
    else if (plan.opening !== "") member.send(Buffer.from(`${plan.opening.replaceAll("{nick}", member.nick)}\n`));
  });
  const groups = Array.from({ length: plan.groups }, (_, g): Group => {
    const rooms = Array.from({ length: plan.rooms }, (_, room) => room).filter((room) => room % plan.groups === g);
    const own = members.slice(g * plan.size, (g + 1) * plan.size);
    return { members: own, rooms: rooms.map((room) => `#bench${room}`), senders: [] };
  });
  const joining = groups.flatMap(({ members, rooms }) => members.map((member) => ({ member, rooms })));
  if (isIrc) await inFlight(JOINING, joining, ({ member, rooms }) => member.join(rooms));
  else for (const group of groups) await together(group);
  const crowd = { plan, members, groups, senders: appoint(plan, groups) };
  await settle(crowd);
  return crowd;
}

/** Chooses who speaks: not the last of a group, who listens, unless all do. */
function appoint(plan: CrowdPlan, groups: readonly Group[]): readonly Sender[] {
  const senders: Sender[] = [];
  const able = plan.senders < plan.size ? plan.size - 1 : plan.size;
  for (let room = 0; room < plan.rooms; room++) {
    const group = groups[room % plan.groups];
    const turn = Math.floor(room / plan.groups);
    for (let k = 0; k < plan.senders; k++) {
      const who = (turn + k) % able;
      const member = group?.members[who];
      const probe = group?.members[able < plan.size ? plan.size - 1 : (who + 1) % plan.size];
      const name = group?.rooms[turn];
      if (group === undefined || member === undefined || probe === undefined || name === undefined) continue;
      const isIrc = plan.speaks === "irc";
      const number = senders.length;
      const template = new Template(isIrc ? `PRIVMSG ${name} :` : "", number, plan.body, isIrc ? "\r\n" : "\n");
      const sender = { number, member, group, room: name, template, probe, sent: 0 };
      senders.push(sender);
      group.senders.push(sender);
    }
  }
  return senders;
}

/** Waits until everything sent so far has been received. */
async function settle({ plan, members }: Crowd): Promise<void> {
  if (plan.speaks === "plain") return quiet(members, 300);
  await inFlight(members.length, members, (member) => member.ask("PING :settled\r\n", /\bPONG .*settled/));
}

/** Without IRC there is no word of being in the room: the first says something until all the others have heard it. */
async function together({ members }: Group): Promise<void> {
  const [first, ...others] = members;
  const deaf = new Set(others);
  for (const member of others) {
    member.heard = (line) => {
      if (line.includes("is everyone here?")) deaf.delete(member);
    };
  }
  const began = performance.now();
  while (deaf.size > 0) {
    if (performance.now() - began > 30_000) throw new Error(`${deaf.size} members never heard the first.`);
    first?.send(Buffer.from("is everyone here?\n"));
    await Bun.sleep(100);
  }
  for (const member of members) member.heard = undefined;
}

/** Waits until nobody has been sent anything for so long, in ms. */
async function quiet(members: readonly Member[], ms: number): Promise<void> {
  let last = performance.now();
  for (const member of members) {
    member.lines = () => {
      last = performance.now();
    };
  }
  while (performance.now() - last < ms) await Bun.sleep(50);
  for (const member of members) member.lines = undefined;
}
