import { expect, test } from "bun:test";
import {
  fullName,
  listedPlaces,
  nameInList,
  neighbour,
  nextMention,
  nextUnread,
  numberInServer,
  type ShownServers,
  titleOf,
} from "../../../src/client/ui/place-list.ts";
import { SERVER, withFocus } from "../../../src/client/ui/view.ts";
import { ScreenFixture } from "../../support/client/screen-fixture.ts";

/** A server with ann in #lobby and #dev, the latter on its screen. */
function server(name: string) {
  const fixture = new ScreenFixture();
  fixture.keys("/join dev\r");
  fixture.server(":ann!a@h JOIN #dev");
  return { name, fixture };
}

type Named = ReturnType<typeof server>;

/** The servers in this order, the first on the screen. */
function shown(first: Named, ...others: readonly Named[]): ShownServers {
  for (const { fixture } of others) fixture.view = withFocus(fixture.view, false);
  const [scene, ...rest] = [first, ...others].map(({ name, fixture }) => ({
    name,
    model: fixture.model,
    view: fixture.view,
  }));
  if (scene === undefined) throw new Error("no server");
  return { ...scene, servers: [scene, ...rest] };
}

test("one server's page stands last, and its places are named without it", () => {
  const scene = shown(server("work"));
  expect(listedPlaces(scene).map((place) => nameInList(scene, place))).toEqual(["#lobby", "#dev", "server"]);
  expect(listedPlaces(scene).map((place) => fullName(scene, place))).toEqual(["#lobby", "#dev", "server"]);
  expect(titleOf(scene)).toBe("#dev - tcpchat");
  expect(numberInServer(scene, 2)).toBe(2);
});

test("of several servers, each one's name stands before its places, which are named with it elsewhere", () => {
  const scene = shown(server("work"), server("home"));
  const names = ["work", "#lobby", "#dev", "home", "#lobby", "#dev"];
  expect(listedPlaces(scene).map((place) => nameInList(scene, place))).toEqual(names);
  expect(listedPlaces(scene).map((place) => fullName(scene, place))).toEqual([
    ...["work", "work/#lobby", "work/#dev"],
    ...["home", "home/#lobby", "home/#dev"],
  ]);
  expect(titleOf(scene)).toBe("work/#dev - tcpchat");
  expect(neighbour(scene, 1)).toMatchObject({ server: { name: "home" }, key: SERVER });
  expect([1, 2, 3, 9].map((number) => numberInServer(scene, number))).toEqual([1, 1, 2, 8]);
  const back = { ...scene, ...scene.servers[1] };
  expect([1, 5, 6].map((number) => numberInServer(back, number))).toEqual([1, 1, 2]);
});

test("rooms of one name count separately, and messages on a hidden server are unread even in its last room", () => {
  const [work, home] = [server("work"), server("home")];
  shown(work, home);
  home.fixture.server(":bob!b@h PRIVMSG #dev :hello", ":bob!b@h PRIVMSG #lobby :ann: hello");
  work.fixture.server(":bob!b@h PRIVMSG #dev :hello");
  const scene = shown(work, home);
  expect(titleOf(scene)).toBe("(2!) work/#dev - tcpchat");
  expect(nextUnread(scene)).toMatchObject({ server: { name: "home" }, key: "#lobby" });
  expect(nextMention(scene)).toEqual(nextUnread(scene));
});
