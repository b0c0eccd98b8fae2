/** No Kubernetes can be had here; the message says why, and what would help. */
export class KubernetesUnavailable extends Error {
  override readonly name = 'KubernetesUnavailable';
  readonly code = 'KUBERNETES_UNAVAILABLE';
  readonly retryable = false;

  constructor(because: string) {
    super(`no Kubernetes for these tests: ${because}. ${WAYS}`);
  }
}

const WAYS =
  'Set KUBECONFIG to a cluster that tests may write to, or install Docker and kind, or Go (test/kubernetes/README.md)';
