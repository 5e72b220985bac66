/** Of a play, of a role in it, and of tasks. */
export const becomeKeys = ['become', 'become_user', 'become_method', 'become_exe', 'become_flags'] as const
