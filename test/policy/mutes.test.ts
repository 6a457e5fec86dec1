import { scene } from "./faces.ts";

scene(
  "a mute puts out nobody; whoever is muted says nothing, in no way, until it is lifted",
  `
    ann bob eve
    ann> /set topic-locked off
    all: ann -topic-locked
    ann> /mute bob 10m
    all: ann +ban m:*!*@HOST
    bob> hello
    bob: Not said: you are muted in #dev
    bob> /topic hello
    bob: Not said: you are muted in #dev
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
  "a mute by nick is not escaped by another nick",
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
  "whoever is muted quits without a word",
  `
    ann bob eve
    ann> /mute bob
    all: ann +ban m:*!*@HOST
    bob> /quit hello
    ann eve: bob quit
  `,
);

scene(
  "a mute by pattern silences all but those with a rank, and ends by itself",
  `
    ann bob eve
    ann> /voice eve
    all: ann +voice eve
    ann> /mute * 10m
    all: ann +ban m:*!*@*
    eve> hello
    all: eve: hello
    bob> hello
    bob: Not said: you are muted in #dev
    later 10m
    bob> hello
    all: server -ban m:*!*@*
    all: bob: hello
  `,
);

scene(
  "in a moderated room those with a voice speak",
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
