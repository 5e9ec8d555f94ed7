export { didYouMean, nearest } from '../core/index.ts'
