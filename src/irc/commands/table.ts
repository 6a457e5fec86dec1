import type { IrcCommand } from "../session/dispatch.ts";
import { ACCOUNT_COMMANDS, PUSH_COMMANDS } from "./accounts.ts";
import { HISTORY_COMMANDS, MARKER_COMMANDS, SEARCH_COMMANDS } from "./history.ts";
import { MULTILINE_COMMANDS, REDACT_COMMANDS, TALK_COMMANDS } from "./messages.ts";
import { METADATA_COMMANDS } from "./metadata.ts";
import { MONITOR_COMMANDS } from "./monitor.ts";
import { NICKSERV_COMMANDS } from "./nickserv.ts";
import { PEOPLE_COMMANDS, WHOIS_COMMANDS } from "./people.ts";
import { REGISTRATION_COMMANDS } from "./registration.ts";
import { ROOM_COMMANDS } from "./rooms.ts";
import { SASL_COMMANDS } from "./sasl.ts";
import { ABOUT_COMMANDS, HELP_COMMANDS } from "./server.ts";
import { OPERATOR_COMMANDS, UBAN_COMMANDS } from "./server-operators.ts";
import { SLASH_COMMANDS } from "./slash.ts";

/** Every IRC command of the server, by name. */
export const COMMANDS: ReadonlyMap<string, IrcCommand> = new Map(
  [
    ...REGISTRATION_COMMANDS,
    ...ROOM_COMMANDS,
    ...TALK_COMMANDS,
    ...PEOPLE_COMMANDS,
    ...WHOIS_COMMANDS,
    ...METADATA_COMMANDS,
    ...MONITOR_COMMANDS,
    ...OPERATOR_COMMANDS,
    ...UBAN_COMMANDS,
    ...HISTORY_COMMANDS,
    ...SEARCH_COMMANDS,
    ...MULTILINE_COMMANDS,
    ...MARKER_COMMANDS,
    ...REDACT_COMMANDS,
    ...PUSH_COMMANDS,
    ...SLASH_COMMANDS,
    ...SASL_COMMANDS,
    ...ACCOUNT_COMMANDS,
    ...NICKSERV_COMMANDS,
    ...ABOUT_COMMANDS,
    ...HELP_COMMANDS,
  ].map((row) => [row.name, row]),
);
