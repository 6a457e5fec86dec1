import { scene } from "./scene.ts";

scene(
  "a mute does not kick; a muted member cannot speak in any way until it is lifted",
  `
    ann bob eve
    ann> /set topic-locked off
    all: ann -topic-locked
    ann> /mute bob 10m
    all: ann +ban m:*!*@HOST
    bob> hello
    bob: Not said: you are muted in #dev until 2026-01-05 00:10 UTC
    bob> /topic hello
    bob: Not said: you are muted in #dev until 2026-01-05 00:10 UTC
    bob> /leave #dev hello
    ann eve: bob left
    bob> /join #dev
    all: bob joined
    ann> /unmute bob
    all: ann -ban m:*!*@HOST
    bob> /topic hello
    all: bob topic: hello
  `,
);

scene(
  "a change of nick does not escape a mute by nick",
  `
    ann bob eve
    ann> /mute b*
    all: ann +ban m:b*!*@*
    bob> /nick rob
    bob: You are muted in #dev: leave it before you become rob
    bob> /nick bobby
    all: bob is bobby
    bob> hello
    bob: Not said: you are muted in #dev
  `,
);

scene(
  "a muted member's quit message is not shown",
  `
    ann bob eve
    ann> /mute bob
    all: ann +ban m:*!*@HOST
    bob> /quit hello
    ann eve: bob quit
  `,
);

scene(
  "a mute by pattern silences all matching members without a rank, and expires by itself",
  `
    ann bob eve
    ann> /voice eve
    all: ann +voice eve
    ann> /mute * 10m
    all: ann +ban m:*!*@*
    eve> hello
    all: eve: hello
    bob> hello
    bob: Not said: you are muted in #dev until 2026-01-05 00:10 UTC
    later 10m
    bob> hello
    all: server -ban m:*!*@*
    all: bob: hello
  `,
);

scene(
  "in a moderated room only members with a voice speak",
  `
    ann bob eve
    ann> /set moderated on
    all: ann +moderated
    bob> hello
    bob: Not said: only those with a voice may speak in #dev
    ann> /voice bob
    all: ann +voice bob
    bob> hello
    all: bob: hello
    ann> /devoice bob
    all: ann -voice bob
    bob> hello
    bob: Not said: only those with a voice may speak in #dev
    bob> /leave #dev hello
    ann eve: bob left
    eve> /quit hello
    ann: eve quit
  `,
);
