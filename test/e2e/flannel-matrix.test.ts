import { describeFlannel } from './flannel-matrix.js'

// Both profiles and both backends; the two other combinations are in test/long.
describeFlannel([
  { profile: 'current', backend: 'vxlan' },
  { profile: 'classic', backend: 'host-gw' },
])
