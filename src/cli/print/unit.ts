import type { Book } from "./book.ts";

/** Folders that the unit hides from the program, with the settings that do so. */
const HIDDEN = {
  "/home": "ProtectHome",
  "/root": "ProtectHome",
  "/run/user": "ProtectHome",
  "/tmp": "PrivateTmp",
  "/var/tmp": "PrivateTmp",
} as const;

/** Warns if the unit cannot start the program from its folder, with a command that helps; `undefined` if it can. */
export function unitWarning(program: string): string | undefined {
  for (const [folder, setting] of Object.entries(HIDDEN)) {
    if (!program.startsWith(`${folder}/`)) continue;
    return `tcpchat print unit: the unit cannot start ${program}: it hides ${folder} (${setting}=yes).\nThis would work: install -m 755 ${program} /usr/local/bin/tcpchat && /usr/local/bin/tcpchat print unit`;
  }
  return undefined;
}

/** A systemd unit with only the rights that a server needs. Without a `user`, systemd makes one while it runs. */
export function unit({ program }: Book, user?: string): string {
  const identity = user === undefined ? "DynamicUser=yes" : `User=${user}\nGroup=${user}`;
  return `# tcpchat.service, as \`tcpchat print unit\` writes it.
# The configuration is /etc/tcpchat/server.toml, if it is there; the data folder is /var/lib/tcpchat.
# For a port below 1024: AmbientCapabilities=CAP_NET_BIND_SERVICE and the same in CapabilityBoundingSet, or a
# tcpchat.socket with ListenStream=, whose socket is then the one that is listened on.
[Unit]
Description=tcpchat, a chat server for nc, IRC clients and its own client
Documentation=man:tcpchat(1)
Wants=network-online.target
After=network-online.target
# A full disk or an address that comes late may take hours.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=${program} server --quiet
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=30
TimeoutStopSec=15
Restart=on-failure
RestartSec=1
# What is wrong in the configuration does not mend itself.
RestartPreventExitStatus=2
${identity}
StateDirectory=tcpchat
StateDirectoryMode=0700
ConfigurationDirectory=tcpchat
Environment=XDG_CONFIG_HOME=/etc XDG_DATA_HOME=/var/lib
LimitNOFILE=65536
LimitCORE=0

# JavaScript is compiled while it runs: MemoryDenyWriteExecute would keep it from starting.
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}
