/**
 * How the launcher and the workers are run: V8's nursery stays at 4 MB a half instead of growing to 16 (35 MB less for an idle
 * worker; 2 MB would save no more), and the C library keeps two pools of freed memory instead of eight a core.
 */
export const nodeFlags: readonly string[] = ["--max-semi-space-size=4"];
export const nodeEnvironment = { MALLOC_ARENA_MAX: "2" };
