import { scene } from "./scene.ts";

scene(
  "an operator's invitation lets somebody in once in spite of all obstacles, and the inviter is told which",
  `
    ann eve bob?
    ann> /set key sesame
    ann eve: ann +key sesame
    ann> /set limit 2
    ann eve: ann +limit 2
    ann> /ban bob
    ann eve: ann +ban *!*@HOST
    bob> /join #dev sesame
    bob: You are banned from #dev
    ann> /unban bob
    ann eve: ann -ban *!*@HOST
    bob> /join #dev
    bob: #dev has a key, and this is not it
    bob> /join #dev sesame
    bob: #dev is full
    ann> /ban bob
    ann eve: ann +ban *!*@HOST
    ann> /invite bob
    ann: ann invites bob
    ann: bob may join #dev once in spite of the ban, the key and the limit
    bob: ann invites bob
    bob> /join #dev
    all: bob joined
    bob> hello
    all: bob: hello
    bob> /leave #dev
    ann eve: bob left
    bob> /join #dev
    bob: You are banned from #dev
  `,
);

scene(
  "only operators invite into an invite-only room",
  `
    ann eve bob?
    ann> /set invite-only on
    ann eve: ann +invite-only
    bob> /join #dev
    bob: #dev is for invited people only
    eve> /invite bob
    eve: Only an operator of #dev may do that
    ann> /invite bob
    ann: ann invites bob
    bob: ann invites bob
    bob> /join #dev
    all: bob joined
    ann> /invite bob
    ann: bob is in #dev already
  `,
);

scene(
  "an ordinary member's invitation overrides neither ban nor key nor limit",
  `
    ann eve bob?
    ann> /set key sesame
    ann eve: ann +key sesame
    eve> /invite bob
    ann eve: eve invites bob
    bob: eve invites bob
    bob> /join #dev
    bob: #dev has a key, and this is not it
  `,
);

scene(
  "a ban set after an invitation keeps the person out",
  `
    ann eve bob?
    ann> /invite bob
    ann: ann invites bob
    bob: ann invites bob
    ann> /ban bob
    ann eve: ann +ban *!*@HOST
    bob> /join #dev
    bob: You are banned from #dev
  `,
);
