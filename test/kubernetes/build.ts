/** An image to build. */
export interface Build {
  readonly name: string;
  /** The Dockerfile. */
  readonly file: string;
  readonly context: string;
  /** Where the image goes, as an archive that `docker load` and containerd read. */
  readonly archive: string;
  readonly arguments?: Readonly<Record<string, string>>;
  /** Files that a step may read and that do not become part of the image, by their id. */
  readonly secrets?: Readonly<Record<string, string>>;
}
