// What is stored and what is pulled.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { compressedBytes, IMAGES } from '../../test/kubernetes/images.ts';
import { figure, unable } from '../contenders/speak.ts';

const CRD = new URL('../../crds/taskclusters.taskloom.dev.yaml', import.meta.url);

export async function sizes(): Promise<void> {
  figure('crd.kib', (await stat(CRD)).size / 1024);
  const { archive } = IMAGES.taskloom;
  if (existsSync(archive)) figure('image.mb', (await compressedBytes(archive)) / 1e6);
  else unable('image.mb', 'the image was not built here');
}
