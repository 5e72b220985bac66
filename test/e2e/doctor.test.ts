import { tellDoctor } from './doctor-story.js'

// A few of each sort; test/long/doctor.test.ts plants all of them.
tellDoctor('e2e-doctor', plants => plants.filter((_, i) => i % 6 === 0))
