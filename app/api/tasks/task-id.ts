export type TaskParams = { params: Promise<{ id: string }> };

/** The id of a task out of the address; one that cannot be one is refused by the verb it is given to. */
export async function taskIdOf({ params }: TaskParams): Promise<string> {
  return (await params).id.toLowerCase();
}
