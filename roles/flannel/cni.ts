/** First plugin of the list: it reads subnet.env and delegates to bridge with host-local. Source: networking.md 2.1. */
export const flannelPlugin = { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } }
export const networkName = 'cbr0'
export const cniVersion = '0.3.1'

/** /etc/cni/net.d/10-flannel.conflist, made from data: no brace can be missing. */
export const conflist = (): string =>
  `${JSON.stringify({ name: networkName, cniVersion, plugins: [flannelPlugin, { type: 'portmap', capabilities: { portMappings: true } }] }, null, 2)}\n`

export const neededPlugins = ['flannel', 'bridge', 'host-local', 'loopback', 'portmap'] as const
