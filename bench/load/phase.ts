import type { Usage } from "../usage.ts";
import type { Audience, Group, Sender } from "./audience.ts";
import type { Member } from "./member.ts";
import { BodyWording } from "./message-text.ts";
import { Reader, Transcript } from "./transcript.ts";

/** How messages are sent. */
export interface Pace {
  readonly seconds: number;
  /** How many messages of a lane are under way at once. Each sender is a lane, unless `lanes` gives their number. */
  readonly window: number;
  /** The number of lanes that the senders share; in each lane they speak in turn. */
  readonly lanes?: number;
  /** Messages per second, by the clock and independent of deliveries. */
  readonly rate?: number;
}

/** The outcome. */
export interface Outcome {
  /** From the first message to the last delivery, in seconds. */
  readonly wall: number;
  readonly messages: number;
  readonly deliveries: number;
  readonly missing: number;
  readonly doubled: number;
  readonly reordered: number;
  readonly strange: number;
  /** Members whose connection the server closed. */
  readonly cut: number;
  /** CPU time of the server, in seconds. */
  readonly cpu: number;
  /** Seconds in which the server was ready to run but had no CPU. */
  readonly waited: number;
  /** The share of the time in which the load was busy. */
  readonly busy: number;
  /** Latencies in ms, from the due time of a message to its delivery: of every delivery with a rate, else of the probes. */
  readonly latencies: readonly number[];
}

interface Lane {
  readonly senders: readonly Sender[];
  turn: number;
  underWay: number;
}

const STUCK = 10_000; // ms without any progress
const AFTERWARDS = 100; // ms to wait for doubled messages

/** Sends for a while, waits for every delivery, and checks each. Members of `deaf` neither speak nor read, and do not count. */
export class Phase {
  readonly #audience: Audience;
  readonly #pace: Pace;
  readonly #deaf: ReadonlySet<Member>;
  readonly #readers: { readonly reader: Reader; readonly member: Member; readonly group: Group }[] = [];
  readonly #hearers = new Map<Group, number>();
  readonly #transcripts = new Map<Group, Transcript>();
  readonly #lanes: readonly Lane[];
  readonly #laneOf = new Map<number, Lane>();
  readonly #sentAt: number[][];
  readonly #first: readonly number[];
  readonly #latencies: number[] = [];
  readonly #scratch = Buffer.allocUnsafe(1 << 16);
  #delivered = 0;
  #expected = 0;
  #messages = 0;
  #now = 0;
  #progress = 0;

  constructor(audience: Audience, pace: Pace, deaf: ReadonlySet<Member> = new Set()) {
    this.#audience = audience;
    this.#pace = pace;
    this.#deaf = deaf;
    const { senders } = audience;
    this.#first = senders.map(({ sent }) => sent);
    this.#sentAt = senders.map(() => []);
    const lanes = pace.lanes ?? senders.length;
    this.#lanes = Array.from({ length: lanes }, (_, lane) => ({
      senders: senders.filter((_, i) => i % lanes === lane),
      turn: 0,
      underWay: 0,
    }));
    for (const lane of this.#lanes) for (const sender of lane.senders) this.#laneOf.set(sender.number, lane);
    for (const group of audience.groups) this.#listen(group);
  }

  /** `usage` returns the server's resource usage so far. */
  async run(usage: () => Usage): Promise<Outcome> {
    const before = usage();
    const began = performance.now();
    this.#now = this.#progress = began;
    const idle = await this.#loop(began);
    const wall = (this.#progress - began) / 1000;
    const after = usage();
    const busy = 1 - idle / (performance.now() - began);
    await Bun.sleep(AFTERWARDS);
    const checks = this.#check();
    for (const member of this.#audience.members) member.lines = undefined;
    return {
      wall,
      messages: this.#messages,
      deliveries: this.#delivered,
      ...checks,
      cut: this.#audience.members.filter((member) => !member.isOpen && !this.#deaf.has(member)).length,
      cpu: after.cpu - before.cpu,
      waited: after.waited - before.waited,
      busy,
      latencies: this.#latencies,
    };
  }

  #listen(group: Group): void {
    const { plan, senders } = this.#audience;
    const wording = new BodyWording(plan.body, (number, head) => {
      const sender = senders[number];
      if (sender?.group !== group) return false;
      if (plan.speaks === "plain") return true;
      const begins = head.startsWith(`:${sender.member.nick}!`) || head.startsWith(`:${sender.member.nick} `);
      return begins && new RegExp(` PRIVMSG ${sender.room} :?$`).test(head);
    });
    const transcript = new Transcript(wording, this.#first);
    this.#transcripts.set(group, transcript);
    this.#hearers.set(group, group.members.filter((member) => !this.#deaf.has(member)).length);
    const speaking = new Set(group.senders.map(({ member }) => member));
    const probes = new Set(group.senders.map(({ probe }) => probe));
    for (const member of group.members) {
      if (this.#deaf.has(member)) continue;
      const each = (number: number, seq: number) => this.#each(member, number, seq);
      const listener = {
        delivered: (count: number) => {
          this.#delivered += count;
        },
        other: (line: string) => member.control(line),
        ...(probes.has(member) || this.#pace.rate !== undefined ? { each } : {}),
      };
      const reader = new Reader(transcript, listener, !plan.echo && speaking.has(member));
      this.#readers.push({ reader, member, group });
      member.lines = (bytes, from, to) => {
        this.#now = this.#progress = performance.now();
        reader.take(bytes, from, to);
      };
    }
  }

  /** Handles a delivery at a member whose deliveries are timed. */
  #each(member: Member, number: number, seq: number): void {
    const sender = this.#audience.senders[number];
    if (sender === undefined) return;
    const isProbe = sender.probe === member;
    const at = this.#sentAt[number]?.[seq - (this.#first[number] ?? 0)];
    if (at !== undefined && (isProbe || this.#pace.rate !== undefined)) this.#latencies.push(this.#now - at);
    const lane = this.#laneOf.get(number);
    if (isProbe && lane !== undefined) lane.underWay--;
  }

  /** Sends and receives without ever sleeping, so that no server pays for waking the load. Returns the idle time in ms. */
  #loop(began: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const until = began + this.#pace.seconds * 1000;
    let idle = 0;
    let last = began;
    let seen = this.#progress;
    const turn = () => {
      const now = performance.now();
      if (this.#progress === seen) idle += now - last;
      last = now;
      seen = this.#progress;
      this.#now = now;
      const sent = this.#messages;
      if (now < until) this.#send(now, began);
      if (this.#messages > sent) last = performance.now();
      if (now >= until && this.#delivered >= this.#expected) resolve(idle);
      else if (now - this.#progress > STUCK) resolve(idle);
      else setImmediate(turn);
    };
    turn();
    return promise;
  }

  #send(now: number, began: number): void {
    const { rate, window } = this.#pace;
    const { senders } = this.#audience;
    if (rate !== undefined) {
      for (;;) {
        const due = began + (this.#messages / rate) * 1000;
        const sender = senders[this.#messages % senders.length];
        if (due > now || sender === undefined) return;
        this.#say(sender, 1, due);
      }
    }
    for (const lane of this.#lanes) {
      while (lane.underWay < window) {
        const sender = lane.senders[lane.turn++ % lane.senders.length];
        if (sender === undefined) break;
        const many = lane.senders.length > 1 ? 1 : window - lane.underWay;
        lane.underWay += many;
        this.#say(sender, many, now);
      }
    }
  }

  #say(sender: Sender, many: number, at: number): void {
    const { template, group, number } = sender;
    let length = 0;
    for (let i = 0; i < many; i++) {
      template.write(sender.sent++, this.#scratch, length);
      length += template.length;
      this.#sentAt[number]?.push(at);
    }
    sender.member.send(this.#scratch.subarray(0, length));
    this.#messages += many;
    this.#expected += many * ((this.#hearers.get(group) ?? 0) - (this.#audience.plan.echo ? 0 : 1));
  }

  #check(): Pick<Outcome, "missing" | "doubled" | "reordered" | "strange"> {
    const { plan, senders } = this.#audience;
    const total = { missing: 0, doubled: 0, reordered: 0, strange: 0 };
    const add = (ends: readonly number[], check: Reader["check"], times: number) => {
      total.missing += check.missing(ends) * times;
      total.doubled += check.doubled * times;
      total.reordered += check.reordered * times;
      total.strange += check.strange * times;
    };
    for (const group of this.#audience.groups) {
      const transcript = this.#transcripts.get(group);
      if (transcript === undefined) continue;
      const heard = (member: Member) =>
        senders.map((sender, i) =>
          sender.group === group && (plan.echo || sender.member !== member) ? sender.sent : (this.#first[i] ?? 0),
        );
      const readers = this.#readers.filter((each) => each.group === group);
      // All readers of the whole transcript have the same check: it is made once, for one that heard every sender.
      const whole = readers.filter(({ reader }) => reader.has(transcript.lines));
      const first = whole[0];
      if (first !== undefined) add(heard(first.member), first.reader.check, whole.length);
      for (const { reader, member } of readers) {
        if (!reader.has(transcript.lines)) add(heard(member), reader.check, 1);
      }
    }
    return total;
  }
}
