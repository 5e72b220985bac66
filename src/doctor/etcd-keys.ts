/** Where calico v3 keeps its resources in etcd. */
export const resourcesV3 = '/calico/resources/v3/projectcalico.org'
