#ifndef BENDO_HARDEN_H
#define BENDO_HARDEN_H
void bendo_harden(void);
void bendo_allow(const char *prefix);
void bendo_reload(void);
#endif
