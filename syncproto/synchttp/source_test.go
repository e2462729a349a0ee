package synchttp

import "testing"

func TestSourceOf(t *testing.T) {
	for remote, want := range map[string]string{
		"203.0.113.9:4711":            "203.0.113.9",
		"[::ffff:203.0.113.9]:4711":   "203.0.113.9",
		"[2001:db8:1:2:3:4:5:6]:4711": "2001:db8:1:2::/64",
		"[2001:db8:1:2:ffff::]:1":     "2001:db8:1:2::/64",
		"[fe80::1%eth0]:4711":         "fe80::/64",
		"pipe":                        "",
		"example.invalid:80":          "",
	} {
		if got := sourceOf(remote); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}
