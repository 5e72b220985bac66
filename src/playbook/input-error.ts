export { errorAt } from '../error-at.js'
