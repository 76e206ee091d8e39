/** What a person changes of a plan that is under way; the body of `POST /api/runs/<id>/plan`. */
export type PlanChange = {
  /** References of tasks that are taken out. */
  readonly drop?: readonly string[];
  /** Tasks with their new words. */
  readonly change?: readonly { readonly ref: string; readonly task: string }[];
};
