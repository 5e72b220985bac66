/** Would Ansible take the text for a template? */
export const isTemplateText = (text: string): boolean => /\{\{|\{%|\{#/.test(text)
