import { scene } from "./scene.ts";

scene(
  "a kick removes a member, shows the reason, and does not keep the member out",
  `
    ann bob eve
    ann> /kick bob too loud
    all: bob kicked by ann: too loud
    bob> /join #dev
    all: bob joined
    bob> hello
    all: bob: hello
    ann> /kick eve
    all: eve kicked by ann
  `,
);

scene(
  "an operator can make others operators, and can be kicked by them, but the last operator cannot",
  `
    ann bob eve
    bob> /op bob
    bob: Only an operator of #dev may do that
    ann> /op bob
    all: ann +operator bob
    bob> /deop ann
    all: bob -operator ann
    ann> /kick bob
    ann: Only an operator of #dev may do that
    bob> /kick bob
    bob: bob is the last operator of #dev: only an operator of the server can kick the last one
    bob> /kick nobody
    bob: Nobody here is called nobody
    bob> /kick ann out
    all: ann kicked by bob: out
    ann> /join #dev
    all: ann joined
  `,
);

scene(
  "only operators change a locked topic, and every member changes an unlocked one",
  `
    ann bob eve?
    bob> /topic tea
    bob: Only an operator of #dev may do that
    ann> /topic bread
    ann bob: ann topic: bread
    ann> /set topic-locked off
    ann bob: ann -topic-locked
    bob> /topic tea
    ann bob: bob topic: tea
  `,
);

scene(
  "a server operator can kick the last operator of a room, also from outside",
  `
    ann bob root?
    root> /oper root sesame
    ann> /invite root
    ann: ann invites root
    root: ann invites root
    root> /join #dev
    all: root joined
    root> /kick ann out
    all: ann kicked by root: out
  `,
);

scene(
  "an account that operates a room can enter it in spite of its locks, but not after a kick",
  `
    ann bob eve
    ann> /register sesame88
    bob> /register sesame88
    ann> /op bob
    all: ann +operator bob
    ann> /set invite-only on
    all: ann +invite-only
    ann> /set key sesame
    all: ann +key sesame
    ann> /set limit 1
    all: ann +limit 1
    bob> /leave #dev
    ann eve: bob left
    bob> /join #dev
    all: bob joined
    all: server +operator bob
    ann> /kick bob
    all: bob kicked by ann
    bob> /join #dev
    bob: #dev is for invited people only
    eve> /leave #dev
    ann: eve left
    ann> /leave #dev
    ann> /join #dev
    ann: ann joined
  `,
);

scene(
  "a server operator can enter a closed room, and has the rights of its operators",
  `
    ann bob root?
    ann> /set invite-only on
    ann bob: ann +invite-only
    root> /join #dev
    root: #dev is for invited people only
    root> /oper root sesame
    root> /join #dev
    all: root joined
    root> /set invite-only off
    all: root -invite-only
    root> /op root
    all: root +operator root
    root> /deop ann
    all: root -operator ann
  `,
);
