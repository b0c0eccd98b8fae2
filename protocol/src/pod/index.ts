export { showsToken } from './bearer.ts';
export { countIn, type Environment, SettingsError, secretsIn, textIn } from './environment.ts';
export { SERVER_NAMES } from './names.ts';
export { openProbes, type Probed } from './probes.ts';
export { type Certificates, SecretFiles, type Secrets, SecretsError, type TokenName } from './secrets.ts';
export { type Listening, type ListenOptions, listen, pathOf } from './server.ts';
