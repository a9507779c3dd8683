import test from 'brittle'
import { serviceManagerOf } from '../../bin/service-manager.ts'

test('what systemd says in the environment', (t) => {
  t.is(serviceManagerOf({ PATH: '/bin', WATCHDOG_USEC: '1000' }), null, 'nobody wants to know')
  const env = { NOTIFY_SOCKET: '/run/notify', PATH: '/bin' }
  t.alike(serviceManagerOf({ ...env, HOME: 'home' }), { env, watchdogMs: null })
  const watched = { ...env, WATCHDOG_USEC: '30000000' }
  t.is(serviceManagerOf(watched)?.watchdogMs, 30_000)
  t.is(serviceManagerOf({ ...watched, WATCHDOG_PID: '7' }, 7)?.watchdogMs, 30_000)
  t.is(serviceManagerOf({ ...watched, WATCHDOG_PID: '7' }, 8)?.watchdogMs, null, 'somebody else')
  for (const WATCHDOG_USEC of ['', '0', '-1', '1e9', 'x', '9'.repeat(30)]) {
    t.is(serviceManagerOf({ ...env, WATCHDOG_USEC })?.watchdogMs, null, WATCHDOG_USEC)
  }
})
