// What a decision at the door is about, as the colleagues' decisions are guarded by it.

/** aboutOf is the id of the check or verdict that the proctor decides about: the
 *  picture taken here, until they have been told that a colleague was faster;
 *  then, and without a picture, the newest that the list knows. */
export function aboutOf(answer: string | undefined, last: string, told: boolean): string {
  return told || !answer ? last : answer;
}
