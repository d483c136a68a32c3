/** The id under which the HTDemucs export that a user brought is run. */
export const USER_HTDEMUCS_ID = 'htdemucs';
