export { didYouMean, nearest } from '../suggest.js'
