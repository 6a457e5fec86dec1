import { expect, test } from "bun:test";
import { PLAIN_IRC } from "../../../src/client/commands/plain-irc.ts";
import { inLobby } from "../../support/client/play.ts";

test.each<[string, string[]]>([
  ["/nick zoe", ["> NICK zoe"]],
  ["/join build", ["> JOIN #build", "> PING c0"]],
  ["  /J #build  sesame", ["> JOIN #build sesame", "> PING c0"]],
  ["/join", ["-- That needs more: /join ROOM [KEY]"]],
  ["/join lobby", ["-- Now in #lobby."]],
  ["/leave", ["> PART #lobby", "> PING c0"]],
  ["/part lobby so long", ["> PART #lobby :so long", "> PING c0"]],
  ["/rooms", ["> LIST", "> PING c0"]],
  ["/list", ["> LIST", "> PING c0"]],
  ["/who", ["> NAMES #lobby", "> PING c0"]],
  ["/names dev", ["> NAMES #dev", "> PING c0"]],
  ["/whois bob", ["> WHOIS bob", "> PING c0"]],
  ["/topic", ["> TOPIC #lobby", "> PING c0"]],
  ["/topic cake at four", ["> TOPIC #lobby :cake at four", "> PING c0"]],
  ["/away at tea", ["> AWAY :at tea", "> PING c0"]],
  ["/back", ["> AWAY", "> PING c0"]],
  ["/invite zoe", ["> INVITE zoe #lobby", "> PING c0"]],
  ["/invite zoe dev", ["> INVITE zoe #dev", "> PING c0"]],
  ["/kick bob", ["> KICK #lobby bob", "> PING c0"]],
  ["/kick bob too loud", ["> KICK #lobby bob :too loud", "> PING c0"]],
  ["/ban", ["> MODE #lobby b", "> PING c0"]],
  ["/ban bob", ["> MODE #lobby +b bob!*@*", "> PING c0", "> KICK #lobby bob", "> PING c1"]],
  ["/ban *!*@evil.example", ["> MODE #lobby +b *!*@evil.example", "> PING c0"]],
  ["/ban bob 2h", ["-- A ban of this server has no end: /ban NICK sets one, and /unban NICK lifts it."]],
  ["/unban bob", ["> MODE #lobby -b bob!*@*", "> PING c0"]],
  ["/op bob", ["> MODE #lobby +o bob", "> PING c0"]],
  ["/deop bob", ["> MODE #lobby -o bob", "> PING c0"]],
  ["/voice bob", ["> MODE #lobby +v bob", "> PING c0"]],
  ["/devoice bob", ["> MODE #lobby -v bob", "> PING c0"]],
  ["/mode", ["> MODE #lobby", "> PING c0"]],
  ["/mode #dev b", ["> MODE #dev b", "> PING c0"]],
  ["/mode ann +i", ["> MODE ann +i", "> PING c0"]],
  ["/mode +lk 5 sesame", ["> MODE #lobby +lk 5 sesame", "> PING c0"]],
  ["/quote VERSION :a  b ", ["> VERSION :a  b ", "> PING c0"]],
  ["/raw whowas bob", ["> whowas bob", "> PING c0"]],
])("%j does %j", (line, expected) => {
  expect(inLobby().types(line)).toEqual(expected);
});

test.each<[string, string[], string[]]>([
  [
    "/whois bob",
    ["311 ann bob b host.example * :Bob Smith", "318 ann bob :End"],
    ["bob is b@host.example, and gives as real name: Bob Smith"],
  ],
  ["/whois bob", ["312 ann bob irc.example :The server"], ["bob is on irc.example (The server)."]],
  ["/whois bob", ["317 ann bob 3720 notatime :idle"], ["bob has said nothing for 1h 2m."]],
  ["/whois bob", ["319 ann bob :@#dev #lobby "], ["bob is in #dev (operator), #lobby."]],
  ["/whois bob", ["330 ann bob bobby :is logged in as"], ["bob is logged in as bobby."]],
  ["/whois bob", ["378 ann bob :is connecting from 10.0.0.1"], ["bob is connecting from 10.0.0.1"]],
  ["/whois bob", ["401 ann bob :No such nick"], ["Nobody here is called bob."]],
  ["/whois bob", ["301 ann bob :at tea"], ["bob is away: at tea"]],
  ["/rooms", ["321 ann Channel :Users", "322 ann #dev 1 :work", "323 ann :End"], ["#dev, 1 person: work"]],
  ["/rooms", ["322 ann #dev 12 :"], ["#dev, 12 people"]],
  ["/rooms", ["323 ann :End"], ["There are no visible rooms."]],
  ["/who dev", ["353 ann = #dev :@zoe +bob ", "366 ann #dev :End"], ["In #dev: zoe (operator), bob (voice)"]],
  ["/who dev", ["366 ann #dev :End"], ["#dev has no visible members."]],
  [
    "/ban",
    ["367 ann #lobby *!*@evil.example bob!b@h 1700000000", "368 ann #lobby :End"],
    ["*!*@evil.example is banned from #lobby, by bob."],
  ],
  ["/ban", ["368 ann #lobby :End"], ["Nobody is banned from #lobby."]],
  ["/mode", ["324 ann #lobby +nt", "329 ann #lobby 1700000000"], ["#lobby has the modes +nt."]],
  ["/invite zoe", ["341 ann zoe #lobby"], ["You invited zoe to #lobby."]],
  ["/oper root x", ["381 ann :You are now an IRC Operator"], ["You are an operator of the server now."]],
  ["/quote VERSION", ["351 ann ngircd-26 irc.example :hello"], ["ngircd-26 irc.example hello"]],
])("%j answered %j says %j", (line, replies, sentences) => {
  const play = inLobby();
  play.types(line);
  expect(play.server(...replies.map((reply) => `:s ${reply}`))).toEqual(sentences.map((words) => `-- ${words}`));
});

test("unrequested replies are not shown", () => {
  const play = inLobby();
  expect(play.server(":s 322 ann #dev 1 :work", ":s 251 ann :There are 2 users", ":s 353 ann = #dev :zoe")).toEqual([]);
  play.types("/whois bob");
  play.server(":s PONG s c0");
  expect(play.server(":s 319 ann bob :#dev")).toEqual([]);
});

test("a room that refuses is not awaited, and commands about a room need one", () => {
  const play = inLobby();
  play.types("/join dev");
  expect(play.server(":s 473 ann #dev :Cannot join channel (+i)")).toEqual([
    "-- #dev is for invited people only; its operators invite.",
  ]);
  expect(play.types("/join a,b")).toEqual(["> JOIN #a", "> PING c1"]);
  expect(play.model.joining.size).toBe(1);
  play.server(":s PONG s c1");
  expect(play.model.joining.size).toBe(0);
  play.server(":ann!ann@h PART #lobby");
  for (const line of ["/topic", "/kick bob", "/who", "/leave", "/mode"])
    expect(play.types(line)).toEqual(["-- You are in no room; /join ROOM goes into one, and /rooms lists them."]);
});

test("a room joined by /quote becomes current", () => {
  const play = inLobby();
  play.types("/quote JOIN #dev,#den");
  play.server(":ann!ann@h JOIN #dev", ":ann!ann@h JOIN #den");
  expect([...play.model.rooms.keys()].map(String)).toEqual(["#lobby", "#dev", "#den"]);
});

test("all basic commands exist", () => {
  const names = PLAIN_IRC.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(names).toContainValues(
    "join j leave part nick topic names who whois list away invite kick ban unban mode op deop voice".split(" "),
  );
});

test("on servers without slash commands the client ignores people itself, under their next nick too", () => {
  const play = inLobby();
  expect(play.types("/ignore bob")).toEqual([
    "-- You do not see any more what bob says; /ignore bob once more ends that.",
  ]);
  expect(play.server(":bob!b@h PRIVMSG #lobby :hi", ":bob!b@h NICK Rob", ":Rob!b@h PRIVMSG ann :psst")).toEqual([
    "-- bob is now Rob",
  ]);
  expect(play.types("/ignore")).toEqual(["-- You ignore rob."]);
  expect(play.types("/ignore ROB")).toEqual(["-- You see again what ROB says."]);
  expect(play.server(":Rob!b@h PRIVMSG #lobby :hi")).toEqual(["<Rob> hi"]);
});
