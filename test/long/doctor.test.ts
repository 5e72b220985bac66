import { tellDoctor } from '../e2e/doctor-story.js'

tellDoctor('long-doctor', plants => plants)
