/**
 * What someone can be on the whole server, whatever rooms they are in: spoken to directly by accounts alone, told of announcements, a program and no person,
 * not to be found by those who share no room, an operator of the server.
 */
export const TRAITS = ["accounts-only", "announcements", "bot", "invisible", "operator"] as const;
export type Trait = (typeof TRAITS)[number];

/** One change of what someone is. */
export interface TraitChange {
  readonly trait: Trait;
  readonly on: boolean;
}
