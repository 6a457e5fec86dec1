import { isIPv6 } from "node:net";
import { type Options, text, UsageError } from "../options.ts";

const CLIENTS = 2379;
const PEERS = 2380;

/**
 * The environment file of etcd on one machine of a cluster, for systemd: `--of` names all machines, `--me` this one.
 * Throws `UsageError`.
 */
export function etcdEnvironment(options: Options): string {
  const of = (text(options, "of") ?? "").split(",").filter((name) => name !== "");
  const me = text(options, "me") ?? "";
  const problem = problemOf(me, of);
  if (problem !== undefined) throw new UsageError(`tcpchat print etcd: ${problem}`);
  return `# etcd's environment on ${me}, as \`tcpchat print etcd --me ${me} --of ${of.join(",")}\` writes it.
# It goes into /etc/default/etcd on Debian and Ubuntu. All machines trust each other by certificates of one authority;
# etcd's user must be able to read the three files. etcd is for this chat alone, and asks nobody else in.
ETCD_NAME="${me}"
ETCD_DATA_DIR="/var/lib/etcd/tcpchat"
# At "warn", it has a line for each request, about the certificate's name.
ETCD_LOG_LEVEL="error"

ETCD_INITIAL_CLUSTER="${of.map((name) => `${name}=${url(name, PEERS)}`).join(",")}"
ETCD_INITIAL_CLUSTER_TOKEN="tcpchat"
ETCD_INITIAL_CLUSTER_STATE="new"
ETCD_LISTEN_PEER_URLS="https://0.0.0.0:${PEERS}"
ETCD_INITIAL_ADVERTISE_PEER_URLS="${url(me, PEERS)}"
ETCD_LISTEN_CLIENT_URLS="https://0.0.0.0:${CLIENTS}"
ETCD_ADVERTISE_CLIENT_URLS="${url(me, CLIENTS)}"

ETCD_TRUSTED_CA_FILE="/etc/tcpchat/ca.pem"
ETCD_CERT_FILE="/etc/tcpchat/node.pem"
ETCD_KEY_FILE="/etc/tcpchat/node.key"
ETCD_CLIENT_CERT_AUTH="true"
ETCD_PEER_TRUSTED_CA_FILE="/etc/tcpchat/ca.pem"
ETCD_PEER_CERT_FILE="/etc/tcpchat/node.pem"
ETCD_PEER_KEY_FILE="/etc/tcpchat/node.key"
ETCD_PEER_CLIENT_CERT_AUTH="true"
`;
}

function problemOf(me: string, of: readonly string[]): string | undefined {
  if (me === "" || of.length === 0)
    return "it needs this machine and all machines, such as tcpchat print etcd --me a --of a,b,c";
  const wrong = [me, ...of].find((name) => !/^[\w.:-]+$/.test(name));
  if (wrong !== undefined) return `"${wrong}" is not the name or address of a machine`;
  if (new Set(of).size < of.length) return `--of names a machine twice: ${of.join(",")}`;
  if (!of.includes(me)) return `--me is ${me}, and --of does not name it: ${of.join(",")}`;
  if (of.length % 2 === 0)
    return `${of.length} machines survive no more losses than ${of.length - 1}: name an odd number, such as three`;
  return undefined;
}

function url(name: string, port: number): string {
  return `https://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}
