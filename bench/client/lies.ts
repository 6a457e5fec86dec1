/** False statements of a server, each as the nth line of an endless answer. `me` is the client's nick. */
export const LIES: Readonly<Record<string, (n: number, me: string) => string>> = {
  "rooms that nobody asked for": (n, me) => `:${me}!a@h JOIN #r${n}`,
  "rooms with everyone in them": (n, me) =>
    n % 50 === 0
      ? `:${me}!a@h JOIN #r${n}`
      : `:s 353 ${me} = #r${n - (n % 50)} :${names(n, 60, `${LONG.slice(0, 90)}${n}`)}`,
  "a million in the lobby": (n, me) => `:s 353 ${me} = #lobby :${names(n, 60, "")}`,
  "a million who come": (n) => `:n${n}${LONG.slice(0, 60)}!u@h JOIN #lobby * :${LONG}`,
  "tags of 8 KB": (n) => `@time=2026-01-01T00:00:00.000Z;x=${TAGS};msgid=m${n} :bob!b@h PRIVMSG #lobby :hi ${n}`,
  "ids of 8 KB": (n) => `@msgid=${n}${TAGS};account=${LONG} :bob!b@h PRIVMSG #lobby :hi ${n}`,
  "long words": (n) => `:bob!b@h PRIVMSG #lobby :${n} ${TAGS}`,
  "strangers with a word for us": (n, me) => `@msgid=m${n} :n${n}!b@h PRIVMSG ${me} :${LONG}`,
  "rooms we are not in": (n) => `@msgid=m${n} :n${n}!b@h PRIVMSG #r${n} :${LONG}`,
  "topics of rooms we are not in": (n, me) => `:s 332 ${me} #r${n} :${TAGS}`,
  topics: (n) => `:bob!b@h TOPIC #lobby :${n}${TAGS}`,
  "batches that never end": (n) =>
    n % 100 === 0
      ? `:s BATCH +b${n} chathistory #lobby`
      : `@batch=b${n - (n % 100)};msgid=m${n} :bob!b@h PRIVMSG #lobby :${LONG}`,
  "one long batch": (n) => (n === 0 ? ":s BATCH +b chathistory #lobby" : `@batch=b :bob!b@h PRIVMSG #lobby :${TAGS}`),
  "messages of many lines that never end": (n) =>
    n % 500 === 0
      ? `@msgid=m${n} :bob!b@h BATCH +b${n} draft/multiline #lobby`
      : `@batch=b${n - (n % 500)};x=${LONG} :bob!b@h PRIVMSG #lobby :${LONG}`,
  "batches in batches": (n) => `@batch=b${n - 1};x=${TAGS} :s BATCH +b${n} chathistory #lobby`,
  "pages of history nobody asked for": (n) =>
    n % 3 === 0
      ? `:s BATCH +b chathistory #r${n}`
      : n % 3 === 1
        ? `@batch=b;msgid=m${n} :n${n}!b@h PRIVMSG #r${n - 1} :${LONG}`
        : ":s BATCH -b",
  "a list of rooms": (n, me) => `:s 322 ${me} #r${n} 5 :${TAGS}`,
  "nicks that are offline": (n, me) => `:s 731 ${me} :${names(n, 60, "")}`,
  capabilities: (n) => `:s CAP * NEW :c${n}=${TAGS}`,
  bans: (n, me) => `@tcpchat/reason=${LONG} :s 367 ${me} #lobby *!*@${n}${TAGS.slice(0, 4000)} bob 1`,
  "comings and goings": (n) => `:n${n >> 1}!u@h ${n % 2 === 0 ? "JOIN" : "PART"} #lobby`,
  refusals: (n, me) => `:s 403 ${me} #r${n} :${TAGS}`,
  "lines without an end": () => TAGS,
};

const LONG = "x".repeat(400);
const TAGS = "漢y".repeat(1900);

function names(n: number, count: number, more: string): string {
  return Array.from({ length: count }, (_, i) => `n${n * count + i}${more}`).join(" ");
}
