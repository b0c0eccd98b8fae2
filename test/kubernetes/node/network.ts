/** Addresses of the one-node cluster. All are of networks that exist on this machine only. */
export const NODE = 'taskloom-node';
/** On a bridge of its own: here the API server, the kubelet and DNS listen, and pods find them. */
export const NODE_IP = '10.240.0.1';
export const BRIDGE = 'taskloom0';
export const POD_CIDR = '10.244.0.0/24';
export const CLUSTER_DOMAIN = 'cluster.local';
