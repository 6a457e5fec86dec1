/** The Debian package of a compiled binary: program, systemd unit, user, data folder, man page and completions. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "../../package.json";
import type { Book } from "../../src/cli/print/book.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "../../src/cli/print/completions.ts";
import { manPage } from "../../src/cli/print/man.ts";
import { bookOf, unit } from "../../src/cli/print/print.ts";

const ROOT = join(import.meta.dir, "..", "..");
const USER = "tcpchat";
const DATA = "/var/lib/tcpchat";
/** It is no conffile: each version has other keys in the sample, and dpkg would ask about each change at each upgrade. */
const CONFIG = "/etc/tcpchat/server.toml";
const MAINTAINER = "the tcpchat contributors <tcpchat@localhost>";

/** Debian's names of the machines that there are packages for. */
export type Architecture = "amd64" | "arm64";

/** The text files of the package: path, text. */
const TEXTS: Readonly<Record<string, (book: Book) => string>> = {
  "usr/lib/systemd/system/tcpchat.service": (book) => unit(book, USER),
  "usr/share/bash-completion/completions/tcpchat": bashCompletion,
  "usr/share/zsh/vendor-completions/_tcpchat": zshCompletion,
  "usr/share/fish/vendor_completions.d/tcpchat.fish": fishCompletion,
  "usr/share/lintian/overrides/tcpchat": () => OVERRIDES,
  "usr/share/doc/tcpchat/copyright": () => copyright(),
};

/** The program carries its runtime, and its own code behind the sections of the binary; the project has no address. */
const OVERRIDES = `tcpchat: embedded-library *
tcpchat: unstripped-binary-or-object *
tcpchat: hardening-no-pie *
tcpchat: hardening-no-relro *
tcpchat: bogus-mail-host *
tcpchat: bogus-mail-host-in-debian-changelog *
`;

const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  adduser --quiet --system --group --home ${DATA} --no-create-home --gecos "tcpchat server" ${USER}
  install -d -m 0700 -o ${USER} -g ${USER} ${DATA}
  if [ ! -e ${CONFIG} ]; then
    install -d $(dirname ${CONFIG})
    tcpchat print config > ${CONFIG}
  fi
  if [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi
  if command -v deb-systemd-helper >/dev/null; then
    deb-systemd-helper unmask tcpchat.service >/dev/null || true
    if deb-systemd-helper --quiet was-enabled tcpchat.service; then
      deb-systemd-helper enable tcpchat.service >/dev/null || true
    else
      deb-systemd-helper update-state tcpchat.service >/dev/null || true
    fi
  fi
  if [ -d /run/systemd/system ]; then
    if [ -n "$2" ]; then action=restart; else action=start; fi
    deb-systemd-invoke $action tcpchat.service >/dev/null || true
  fi
fi
`;

const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then deb-systemd-invoke stop tcpchat.service >/dev/null || true; fi
`;

const POSTRM = `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi
if [ "$1" = remove ] && command -v deb-systemd-helper >/dev/null; then
  deb-systemd-helper mask tcpchat.service >/dev/null || true
fi
if [ "$1" = purge ]; then
  rm -rf ${DATA}
  rm -f ${CONFIG}
  rmdir $(dirname ${CONFIG}) 2>/dev/null || true
  if command -v deb-systemd-helper >/dev/null; then
    deb-systemd-helper purge tcpchat.service >/dev/null || true
    deb-systemd-helper unmask tcpchat.service >/dev/null || true
  fi
fi
`;

/**
 * Makes `tcpchat_VERSION_ARCHITECTURE.deb` in `folder` with `dpkg-deb`, and returns its path. `program` is the
 * compiled binary. Throws an `Error` with dpkg's words.
 */
export async function debianPackage(
  program: string,
  architecture: Architecture,
  folder: string,
  compression: "xz" | "none" = "xz",
): Promise<string> {
  const tree = join(folder, `.deb-${architecture}`);
  rmSync(tree, { recursive: true, force: true });
  const book = bookOf("/usr/bin/tcpchat");
  place(tree, "usr/bin/tcpchat", readFileSync(program), 0o755);
  for (const [path, text] of Object.entries(TEXTS)) place(tree, path, `${text(book).trimEnd()}\n`);
  place(tree, "usr/share/man/man1/tcpchat.1.gz", gzipped(manPage(book)));
  const changes = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
  place(tree, "usr/share/doc/tcpchat/changelog.gz", gzipped(debianChangelog(changes)));
  place(tree, "usr/share/doc/tcpchat/CHANGELOG.md.gz", gzipped(changes));
  const kilobytes = Math.ceil(Bun.file(program).size / 1024) + 100;
  place(tree, "DEBIAN/control", control(architecture, kilobytes));
  for (const [name, script] of Object.entries({ postinst: POSTINST, prerm: PRERM, postrm: POSTRM }))
    place(tree, `DEBIAN/${name}`, script, 0o755);
  const file = join(folder, `tcpchat_${version}_${architecture}.deb`);
  const making = Bun.spawn(["dpkg-deb", "--root-owner-group", `-Z${compression}`, "--build", tree, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(dayOf(changes).getTime() / 1000) },
    stdout: "pipe",
    stderr: "pipe",
  });
  if ((await making.exited) !== 0) throw new Error(`dpkg-deb: ${(await making.stderr.text()).trim()}`);
  rmSync(tree, { recursive: true });
  return file;
}

function place(tree: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = join(tree, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

/** Without a time, so that the same text gives the same bytes. */
function gzipped(text: string): Uint8Array {
  return Bun.gzipSync(text, { level: 9 });
}

function control(architecture: Architecture, kilobytes: number): string {
  return `Package: tcpchat
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.29), adduser
Section: net
Priority: optional
Description: chat server for nc, IRC clients and its own client
 One program is the server and the terminal client. People with nc, any IRC
 client or the program's own client meet in the same rooms on one port, and
 what is said is kept on disk.
`;
}

/** Debian's own form of a changelog, which names the version and its day; CHANGELOG.md lies beside it. */
function debianChangelog(changes: string): string {
  const date = dayOf(changes).toUTCString().replace("GMT", "+0000");
  const text = "  * CHANGELOG.md beside this file tells what has changed.";
  return `tcpchat (${version}) unstable; urgency=medium\n\n${text}\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** The day of the newest version; CHANGELOG.md's headings are `## VERSION, YEAR-MONTH-DAY`. */
function dayOf(changes: string): Date {
  const [, number, day = ""] = /^## (\S+), (\S+)$/m.exec(changes) ?? [];
  if (number !== version) throw new Error(`CHANGELOG.md begins with ${number}, and this is ${version}`);
  return new Date(day);
}

function copyright(): string {
  const license = readFileSync(join(ROOT, "LICENSE"), "utf8");
  const [, holder = ""] = /^Copyright \(c\) (.*)$/m.exec(license) ?? [];
  const terms = license.slice(license.indexOf("Permission is")).trim();
  const text = terms
    .split("\n")
    .map((line) => ` ${line === "" ? "." : line}`)
    .join("\n");
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tcpchat

Files: *
Copyright: ${holder}
License: Expat

License: Expat
${text}
`;
}
