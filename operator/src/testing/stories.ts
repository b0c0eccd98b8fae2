/** What becomes of clusters, from beginning to end. */
import type { KubeObject } from '../runtime/objects.ts';
import {
  crashed,
  cutOff,
  disconnected,
  failed,
  gated,
  ready,
  running,
  unschedulable,
  waiting,
} from './pods.ts';
import { Story } from './story.ts';

const FULL = '0/3 nodes are available: 3 Insufficient cpu.';

export const stories: Readonly<Record<string, () => Story>> = {
  'a cluster of eight lines': () =>
    new Story({ workers: { replicas: 2 } })
      .step('it is applied')
      .status()
      .schedulerUp()
      .status()
      .workersUp('the first worker is up', (pod) => pod.metadata.uid === 'uid-9')
      .status()
      .workersUp()
      .status()
      .step('nothing happens'),

  'more workers while the scheduler is silent': () => {
    const story = Story.settled({ workers: { replicas: 2 } }).silence();
    return story.step('scaled to 5', () => story.world.edit({ workers: { replicas: 5 } }));
  },

  'fewer workers': () => {
    const story = Story.settled({ workers: { replicas: 4 } });
    story.world.connected.forEach((worker, name) => {
      const heldBytes = name === story.world.workers()[2]?.metadata.name ? 0 : 1e6;
      story.world.connected.set(name, { ...worker, heldBytes });
    });
    return story
      .step('scaled to 2', () => story.world.edit({ workers: { replicas: 2 } }))
      .status()
      .after(5)
      .drained()
      .gone()
      .status();
  },

  'fewer workers, some of which are not ready': () => {
    const story = Story.settled({ workers: { replicas: 2 } });
    const { world } = story;
    return story
      .step('scaled to 4', () => world.edit({ workers: { replicas: 4 } }))
      .step('and back to 1', () => {
        const [, , third] = world.workers();
        if (third) world.set(running(third, world.now));
        world.edit({ workers: { replicas: 1 } });
      });
  },

  'a worker that does not finish in time': () => {
    const story = Story.settled({ workers: { replicas: 2 }, drainSeconds: 60 });
    return story
      .step('scaled to 1', () => story.world.edit({ workers: { replicas: 1 } }))
      .after(30)
      .after(31)
      .gone();
  },

  'fewer workers while the scheduler is silent': () => {
    const story = Story.settled({ workers: { replicas: 3 } }).silence();
    return story
      .step('scaled to 1', () => story.world.edit({ workers: { replicas: 1 } }))
      .after(29)
      .after(1)
      .gone();
  },

  'the image changes': () => {
    const story = Story.settled({ workers: { replicas: 4 }, image: 'acme/worker:1' });
    story.world.clients = 1;
    story.step('acme/worker:2', () => story.world.edit({ image: 'acme/worker:2' })).status();
    for (let i = 0; i < 4; i++) story.workersUp('the new one is up').drained().gone();
    story.status();
    return story
      .step('the client leaves', () => {
        story.world.clients = 0;
        story.world.quietSince = story.world.now;
      })
      .step('the old scheduler is gone', () => story.world.remove('malaria-scheduler-0'))
      .schedulerUp()
      .status();
  },

  'the image changes and there is no room': () => {
    const story = Story.settled({ workers: { replicas: 4 } });
    const { world } = story;
    return story
      .step('acme/worker:2', () => world.edit({ image: 'acme/worker:2' }))
      .step('the new pod finds no node', () => {
        const young = world.workers().at(-1);
        if (young) world.set(unschedulable(young, world.now, FULL));
      })
      .status()
      .drained();
  },

  'an image that cannot be pulled, and one that can': () => {
    const story = Story.settled({ workers: { replicas: 4 } });
    const { world } = story;
    const pull = 'failed to resolve reference "acme/wrong:1": not found';
    return story
      .step('acme/wrong:1', () => world.edit({ image: 'acme/wrong:1' }))
      .step('it cannot be pulled', () => {
        const young = world.workers().at(-1);
        if (young) world.set(waiting(young, world.now, 'ErrImagePull', pull));
      })
      .status()
      .step('acme/right:1', () => world.edit({ image: 'acme/right:1' }))
      .status();
  },

  'two groups change': () => {
    const gpu = { name: 'gpu', replicas: 2, resources: { limits: { 'nvidia.com/gpu': 1 } } };
    const story = Story.settled({ workers: { replicas: 1 }, workerGroups: [gpu] });
    return story
      .step('another image', () => story.world.edit({ image: 'acme/worker:2' }))
      .workersUp('the new one is up')
      .drained()
      .gone()
      .workersUp('the new one is up')
      .status();
  },

  'the scheduler crashes while a group rolls': () => {
    const story = Story.settled({ workers: { replicas: 4 } });
    const { world } = story;
    world.clients = 1;
    return story
      .step('another image', () => world.edit({ image: 'acme/worker:2' }))
      .step('the scheduler crashes, and workers lose it', () => {
        world.answers = false;
        world.silentSince = world.now;
        world.connected.clear();
        for (const pod of world.workers().filter(({ status }) => status))
          world.set(disconnected(pod, world.now));
      })
      .step('it answers again, and nobody has come back yet', () => {
        world.now += 2_000;
        world.answers = true;
      })
      .workersUp('all are back, and the new one is up')
      .status();
  },

  'a group goes': () => {
    const story = Story.settled({ workers: { replicas: 1 }, workerGroups: [{ name: 'gpu', replicas: 2 }] });
    return story
      .step('the group gpu is no longer in the spec', () => story.world.edit({ workerGroups: undefined }))
      .drained()
      .gone()
      .step('nothing happens');
  },

  'suspended and resumed': () => {
    const story = Story.settled({ workers: { replicas: 2 } });
    story.world.clients = 1;
    return story
      .step('suspended', () => {
        story.world.edit({ suspend: true });
        story.world.answers = false;
      })
      .status()
      .gone()
      .status()
      .step('resumed', () => story.world.edit({ suspend: false }))
      .schedulerUp()
      .workersUp()
      .status();
  },

  'nobody uses it': () => {
    const story = Story.settled({ workers: { replicas: 1 }, idle: { seconds: 120 } });
    const { world } = story;
    story.after(60).step('a client comes', () => {
      world.clients = 1;
    });
    story.after(600).step('it leaves', () => {
      world.clients = 0;
      world.quietSince = world.now;
    });
    return story.after(119).after(1);
  },

  'nobody uses it, and it is to be suspended': () => {
    const story = Story.settled({ workers: { replicas: 1 }, idle: { seconds: 60, action: 'Suspend' } });
    return story.after(60).look();
  },

  'nobody can use it, as its scheduler never comes up': () => {
    const story = new Story({ workers: { replicas: 1 }, idle: { seconds: 120 } }).look();
    const { world } = story;
    story.transcript.length = 0;
    return story
      .step('no node has room for it', () => {
        const pod = world.schedulerPod;
        if (pod) world.set(unschedulable(pod, world.now, FULL));
      })
      .after(60)
      .after(60);
  },

  'it is suspended before its scheduler ever came up, and resumed': () => {
    const idle = { seconds: 60, action: 'Suspend' };
    const story = new Story({ workers: { replicas: 1 }, idle }).look();
    const { world } = story;
    story.transcript.length = 0;
    story.after(60).look().gone();
    world.now += 3_600_000;
    return story
      .step('resumed an hour later', () => world.edit({ suspend: false }))
      .after(59)
      .schedulerUp()
      .silence()
      .after(3600);
  },

  'a busy cluster whose scheduler is silent is not idle': () => {
    const story = Story.settled({ workers: { replicas: 1 }, idle: { seconds: 60 } }).silence();
    return story.after(3600);
  },

  'pods that their node refuses': () => {
    const story = new Story({ workers: { replicas: 1 } }).look().schedulerUp();
    const { world } = story;
    story.transcript.length = 0;
    const refuse = () => {
      const young = world.workers().at(-1);
      if (young) world.set(failed(young, world.now, 'OutOfcpu', 'Node didn’t have enough resource: cpu'));
    };
    for (let i = 0; i < 3; i++) story.step('the node refuses it', refuse).after(10 * 2 ** i);
    return story
      .status()
      .workersUp('the next one is up', (pod) => !pod.status?.phase)
      .status();
  },

  'a pod is evicted': () => {
    const story = Story.settled({ workers: { replicas: 2 } });
    const { world } = story;
    return story
      .step('default-1 is evicted', () => {
        world.now += 600_000;
        const pod = story.pod('default-1');
        world.set(failed(pod, world.now, 'Evicted', 'The node was low on resource: memory.'));
        world.connected.delete(pod.metadata.name);
      })
      .status()
      .workersUp('its successor is up', (pod) => !pod.status?.phase)
      .gone()
      .status();
  },

  'a node that does not answer': () => {
    const story = Story.settled({ workers: { replicas: 1 } });
    const { world } = story;
    return story
      .step('its pods are no longer ready', () => world.set(cutOff(story.pod('default-1'), world.now)))
      .status()
      .step('it answers again', () => world.set(ready(story.pod('default-1'), world.now)));
  },

  'a readiness gate that nobody has opened yet': () => {
    const story = new Story({ workers: { replicas: 1 } }).look().schedulerUp();
    const { world } = story;
    story.transcript.length = 0;
    return story
      .step('the worker runs, and its gate is shut', () => {
        const [pod] = world.workers();
        if (pod) world.set(gated(pod, world.now, 'acme.dev/listed'));
      })
      .status()
      .step('the gate is opened', () => {
        const [pod] = world.workers();
        if (pod) world.set(ready(pod, world.now));
      })
      .status();
  },

  'two groups have the same fault, one after the other': () => {
    const gpu = { name: 'gpu', replicas: 1 };
    const story = Story.settled({ workers: { replicas: 1 }, workerGroups: [gpu] });
    const { world } = story;
    const kill = (name: string) => world.set(crashed(story.pod(name), world.now, 137, 'OOMKilled'));
    return story
      .step('default-1 is killed', () => kill('default-1'))
      .step('gpu-1 is killed', () => kill('gpu-1'))
      .step('the scheduler is killed', () => {
        if (world.schedulerPod) world.set(crashed(world.schedulerPod, world.now, 137, 'OOMKilled'));
      })
      .step('nothing new happens');
  },

  'a quota': () => {
    const story = new Story({ workers: { replicas: 4 } });
    const { world } = story;
    const exceeded =
      'pods "x" is forbidden: exceeded quota: team-a, requested: pods=1, used: pods=3, limited: pods=3';
    world.refuses = (_, pods) => (pods.length >= 2 ? exceeded : undefined);
    story.step('it is applied').schedulerUp().workersUp().status().after(9).after(1);
    world.refuses = () => undefined;
    return story.after(10).look().workersUp().status();
  },

  'a quota that leaves no room for the scheduler': () => {
    const story = new Story({ workers: { replicas: 1 } });
    const { world } = story;
    const exceeded =
      'pods "x" is forbidden: exceeded quota: team-a, requested: pods=1, used: pods=1, limited: pods=1';
    world.refuses = (group) => (group === 'scheduler' ? exceeded : undefined);
    story.step('it is applied').workersUp('its worker runs').status().after(2).status().after(9);
    story.step('the operator is restarted', () => {
      for (const key of Object.keys(world.trials)) delete world.trials[key];
    });
    world.refuses = () => undefined;
    return story.after(10).schedulerUp().status();
  },

  'a worker that crashes': () => {
    const story = Story.settled({ workers: { replicas: 1 } });
    const { world } = story;
    world.lastWords = 'starting\nError: Cannot find module "acme"\n    at load (main.js:1)';
    return story
      .step('it crashes', () => {
        world.connected.clear();
        world.set(crashed(story.pod('default-1'), world.now, 1));
      })
      .status()
      .step('it starts again', () => world.set(running(story.pod('default-1'), world.now)))
      .status()
      .workersUp()
      .status();
  },

  'a worker that takes too much memory': () => {
    const story = Story.settled({ workers: { replicas: 1 } });
    const { world } = story;
    return story
      .step('it is killed', () => world.set(crashed(story.pod('default-1'), world.now, 137, 'OOMKilled')))
      .step('it is well again', () => world.set(ready(story.pod('default-1'), world.now)))
      .status()
      .after(301)
      .status();
  },

  'a scheduler that cannot start is replaced at once': () => {
    const story = Story.settled({ workers: { replicas: 1 }, image: 'acme/wrong:1' });
    const { world } = story;
    return story
      .silence()
      .step('it crashes', () => world.schedulerPod && world.set(crashed(world.schedulerPod, world.now, 1)))
      .status()
      .step('acme/right:1', () => world.edit({ image: 'acme/right:1' }))
      .step('the controller has seen it');
  },

  'somebody changes what is ours': () => {
    const story = Story.settled({ workers: { replicas: 4 } });
    const { children } = story.world;
    const service = 'Service/malaria-scheduler';
    return story
      .step('the Service points elsewhere', () => {
        const found = children.get(service);
        if (found) children.set(service, { ...found, spec: { selector: { app: 'other' } } } as never);
      })
      .step('the ServiceAccount is deleted', () => children.delete('ServiceAccount/malaria-pods'))
      .step('somebody adds to what the Service selects', () => {
        const found = children.get(service) as { spec?: { selector?: object } } | undefined;
        const selector = { ...found?.spec?.selector, app: 'other' };
        if (found) children.set(service, { ...found, spec: { ...found.spec, selector } } as never);
      })
      .step('the Service has no owner any more', () => {
        const { ownerReferences: _, ...metadata } = children.get(service)?.metadata ?? { name: '' };
        const found = children.get(service);
        if (found) children.set(service, { ...found, metadata });
      })
      .step('somebody adds a label of his own', () => {
        const found = children.get(service);
        const labels = { ...found?.metadata.labels, team: 'a' };
        if (found) children.set(service, { ...found, metadata: { ...found.metadata, labels } });
      });
  },

  'a name that is taken': () => {
    const story = new Story({ workers: { replicas: 1 } });
    story.world.children.set('Service/malaria-scheduler', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'malaria-scheduler', uid: 'foreign' },
    });
    return story
      .step('it is applied')
      .status()
      .step('somebody frees it', () => story.world.children.delete('Service/malaria-scheduler'))
      .schedulerUp()
      .workersUp()
      .status();
  },

  'a cluster whose name another has had': () => {
    const story = new Story({ workers: { replicas: 1 } });
    const { children } = story.world;
    const owner = {
      apiVersion: 'taskloom.dev/v1alpha1',
      kind: 'TaskCluster',
      name: 'malaria',
      uid: 'earlier',
    };
    const metadata = { name: 'malaria-scheduler', ownerReferences: [{ ...owner, controller: true }] };
    for (const kind of ['Service', 'StatefulSet']) {
      const left = { kind, metadata: { ...metadata, uid: `${kind} of earlier` }, spec: { replicas: 0 } };
      children.set(`${kind}/malaria-scheduler`, left as KubeObject);
    }
    return story
      .step('it is applied')
      .status()
      .step('the Service is gone', () => children.delete('Service/malaria-scheduler'))
      .step('and the StatefulSet', () => children.delete('StatefulSet/malaria-scheduler'))
      .schedulerUp()
      .workersUp()
      .status();
  },

  'a pod template that the API server refuses': () => {
    const story = Story.settled({ workers: { replicas: 2 } });
    const { world } = story;
    world.objects = () => 'strict decoding error: unknown field "spec.nodeSelectr"';
    const template = { spec: { nodeSelectr: { disk: 'ssd' } } };
    return story
      .step('a template with a misspelt field', () => world.edit({ workers: { replicas: 2, template } }))
      .status()
      .step('default-1 is deleted', () => world.remove(story.pod('default-1').metadata.name))
      .step('the template is put right', () => {
        world.objects = () => undefined;
        world.edit({ workers: { replicas: 2, template: { spec: { nodeSelector: { disk: 'ssd' } } } } });
      });
  },

  'a pod template that the API server refuses, and then takes': () => {
    const story = Story.settled({ workers: { replicas: 2 } });
    const { world } = story;
    const template = { spec: { priorityClassName: 'batch' } };
    world.objects = () =>
      'pods "malaria-default-trial" is forbidden: no PriorityClass with name batch was found';
    return story
      .step('a template with a class that does not exist', () =>
        world.edit({ workers: { replicas: 2, template } }),
      )
      .after(5)
      .after(5)
      .status()
      .step('the class is made', () => {
        world.objects = () => undefined;
      })
      .after(10)
      .status();
  },

  'a change that was taken back, and one that is refused': () => {
    const story = Story.settled({ workers: { replicas: 4 }, image: 'acme/worker:1' });
    const { world } = story;
    world.clients = 1;
    return story
      .step('acme/worker:2', () => world.edit({ image: 'acme/worker:2' }))
      .workersUp('the new one is up')
      .step('and back to acme/worker:1', () => world.edit({ image: 'acme/worker:1' }))
      .step('a template with a misspelt field', () => {
        world.objects = () => 'strict decoding error: unknown field "spec.nodeSelectr"';
        world.edit({ workers: { replicas: 4, template: { spec: { nodeSelectr: { disk: 'ssd' } } } } });
      })
      .status()
      .step('nothing happens');
  },

  'a newer operator restarts nothing': () => {
    const story = Story.settled({ workers: { replicas: 2 } });
    const { world } = story;
    return story
      .step('the operator is upgraded, with another default image', () => {
        world.settings = { ...world.settings, defaultImage: 'taskloom:2' };
      })
      .step('a worker is deleted', () => world.remove(story.pod('default-1').metadata.name));
  },
};
