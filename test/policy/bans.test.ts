import { scene } from "./scene.ts";

scene(
  "a ban removes a member and keeps them out until it is lifted",
  `
    ann bob eve
    ann> /ban bob too loud
    all: ann +ban *!*@HOST
    all: bob kicked by ann: too loud
    bob> /join #dev
    bob: You are banned from #dev: too loud
    eve> hello
    ann eve: eve: hello
    ann> /unban bob
    ann eve: ann -ban *!*@HOST
    bob> /join #dev
    all: bob joined
    bob> hello
    all: bob: hello
  `,
);

scene(
  "a ban by pattern removes all matching members except room operators, server operators and exceptions",
  `
    ann bob bea bill zed=IRC boss
    ann> /op zed
    all: ann +operator zed
    ann> /op bea
    all: ann +operator bea
    zed> /except bill
    all: zed +exception bill!*@*
    boss> /oper root sesame
    ann> /ban b*
    all: ann +ban b*!*@*
    all: bob kicked by ann
    bob> /join #dev
    bob: You are banned from #dev
    bea> still here
    ann bea bill zed boss: bea: still here
    bill> me too
    ann bea bill zed boss: bill: me too
  `,
);

scene(
  "a ban on a nick is on its holder, operator or not, under any nick",
  `
    ann bob eve
    ann> /op bob
    all: ann +operator bob
    ann> /ban bob
    all: ann +ban *!*@HOST
    all: bob kicked by ann
    bob> /nick robert
    bob: bob is robert
    bob> /join #dev
    bob: You are banned from #dev
  `,
);

scene(
  "a ban on an account is on everybody who is logged in to it, operator or not",
  `
    ann bob eve
    bob> /register sesame88
    ann> /op bob
    all: ann +operator bob
    ann> /ban a:bob 2h
    all: ann +ban a:bob
    all: bob kicked by ann
    bob> /join #dev
    bob: You are banned from #dev until 2026-01-05 02:00 UTC
    ann> /unban bob
    ann eve: ann -ban a:bob
    bob> /join #dev
    all: bob joined
  `,
);

scene(
  "an exception also protects against a ban by nick",
  `
    ann bob zed=IRC
    ann> /op zed
    all: ann +operator zed
    zed> /except bob
    all: zed +exception bob!*@*
    ann> /ban bob
    all: ann +ban *!*@HOST
    bob> hello
    all: bob: hello
  `,
);

scene(
  "a timed ban expires by itself",
  `
    ann bob eve
    ann> /ban bob 10m too loud
    all: ann +ban *!*@HOST
    all: bob kicked by ann: too loud
    later 9m
    bob> /join #dev
    bob: You are banned from #dev until 2026-01-05 00:10 UTC: too loud
    later 1m
    bob> /join #dev
    ann eve: server -ban *!*@HOST
    all: bob joined
  `,
);

scene(
  "a ban by mode change silences without a kick; a later /ban kicks",
  `
    ann bob zed=IRC
    ann> /op zed
    all: ann +operator zed
    zed> /onlyban b*
    all: zed +ban b*!*@*
    bob> hello
    bob: Not said: you are banned from #dev
    ann> /ban b*
    all: bob kicked by ann
  `,
);

scene(
  "a member who was invited in spite of a ban stays and can speak",
  `
    ann bob eve
    ann> /ban b*
    all: ann +ban b*!*@*
    all: bob kicked by ann
    ann> /invite bob
    ann: ann invites bob
    ann: bob may join #dev once in spite of the ban
    bob: ann invites bob
    bob> /join #dev
    all: bob joined
    bob> hello
    all: bob: hello
    ann> /ban eve
    all: ann +ban *!*@HOST
    all: eve kicked by ann
    bob> still here
    ann bob: bob: still here
    ann> /ban bo*
    ann bob: ann +ban bo*!*@*
    ann bob: bob kicked by ann
  `,
);

scene(
  "only operators ban, mute and lift bans",
  `
    ann bob eve
    bob> /ban eve
    bob: Only an operator of #dev may do that
    bob> /mute eve
    bob: Only an operator of #dev may do that
    bob> /unban eve
    bob: Only an operator of #dev may do that
    bob> /kick eve
    bob: Only an operator of #dev may do that
    eve> hello
    all: eve: hello
  `,
);

scene(
  "a ban on an impossible nick is refused",
  `
    ann bob
    ann> /ban 7up
    ann: "7up" is not valid: a mask is a nick, or nick!user@host with * and ? for what may differ
  `,
);
