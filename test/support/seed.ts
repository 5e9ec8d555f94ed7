import fc from 'fast-check'

// Properties that choose no seed of their own share the run's, which the configuration prints.
const seed = Number(process.env['ONEJAR_SEED'])
if (Number.isSafeInteger(seed)) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
