import { inFlight, Member } from "./member.ts";
import { Template } from "./message-text.ts";

/** The members and their rooms. Rooms are dealt to groups in turn: all members of a group are in the same rooms. */
export interface AudiencePlan {
  readonly port: number;
  readonly speaks: "irc" | "plain";
  /** IRC: the capabilities to request. Plain text: the first line, in which `{nick}` is the nick. */
  readonly opening: string;
  /** Whether the sender of a message gets it too. */
  readonly echo: boolean;
  readonly groups: number;
  /** The number of members in a group. */
  readonly size: number;
  readonly rooms: number;
  /** The number of members of a group who speak in each of its rooms. */
  readonly senders: number;
  /** The length of a message's text, in bytes. */
  readonly body: number;
  /** How many members may connect at once. */
  readonly atOnce: number;
}

/** Members that are in the same rooms. */
export interface Group {
  readonly members: readonly Member[];
  readonly rooms: readonly string[];
  readonly senders: Sender[];
}

/** A member who speaks in a room. */
export interface Sender {
  readonly number: number;
  readonly member: Member;
  readonly group: Group;
  readonly room: string;
  readonly template: Template;
  /** The member whose receipt of a message lets the next one be sent. */
  readonly probe: Member;
  /** The number of messages sent so far, and so the number of the next. */
  sent: number;
}

/** All members, connected and in their rooms. */
export interface Audience {
  readonly plan: AudiencePlan;
  readonly members: readonly Member[];
  readonly groups: readonly Group[];
  readonly senders: readonly Sender[];
}

/** The nick of the nth member. */
export function nickOf(number: number): string {
  return `u${String(number).padStart(6, "0")}`;
}

const JOINING = 200; // at once

export async function assemble(plan: AudiencePlan): Promise<Audience> {
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
  const audience = { plan, members, groups, senders: appoint(plan, groups) };
  await settle(audience);
  return audience;
}

/** Chooses the senders. The last member of a group only listens, unless all speak. */
function appoint(plan: AudiencePlan, groups: readonly Group[]): readonly Sender[] {
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

/** Waits until all members have received everything sent so far. */
async function settle({ plan, members }: Audience): Promise<void> {
  if (plan.speaks === "plain") return quiet(members, 300);
  await inFlight(members.length, members, (member) => member.ask("PING :settled\r\n", /\bPONG .*settled/));
}

/** Plain text has no reply to a join: the first member says something until all the others have received it. */
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

/** Waits until no member has received anything for this many ms. */
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
