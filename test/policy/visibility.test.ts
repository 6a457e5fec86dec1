import { scene } from "./scene.ts";

scene(
  "only members and server operators can see a secret room",
  `
    ann bob eve? root?
    ann> /set secret on
    ann bob: ann +secret
    eve> /rooms
    eve> /whois bob
    eve> /leave #dev
    eve: There is no room #dev
    bob> /rooms
    bob: room #dev
    bob> /whois ann
    bob: ann in #dev
    bob> /who #dev
    bob: here: ann
    root> /oper root sesame
    root> /rooms
    root: room #dev
    root> /whois bob
    root: bob in #dev
    eve> /join #dev
    ann bob eve: eve joined
    eve> /whois bob
    eve: bob in #dev
  `,
);

scene(
  "only people who share a room and server operators can see an invisible person",
  `
    ann zed=IRC eve? root?
    zed> /invisible
    ann> /who #dev
    ann: here: zed
    ann> /whois zed
    ann: zed in #dev
    eve> /who #dev
    eve: here: ann
    eve> /whois zed
    eve> /whois ann
    eve: ann in #dev
    root> /oper root sesame
    root> /who #dev
    root: here: ann zed
    root> /whois zed
    root: zed in #dev
  `,
);

scene(
  "a guest who has said nothing yet is shown in no room until the first action",
  `
    ann quiet=nc?
    ann> /who #lobby
    ann> /whois quiet
    quiet> /join #dev
    all: quiet joined
    ann> /who #dev
    ann: here: quiet
    ann> /whois quiet
    ann: quiet in #dev
  `,
);

scene(
  "a list of rooms counts the people whom a list of people shows, and has rooms that are empty",
  `
    ann quiet=nc?
    ann> /rooms
    ann: room #dev
    ann> /register sesame88
    ann> /leave #dev
    quiet> /rooms
    quiet: room #dev
    ann> /rooms
    ann: room #dev
  `,
);
