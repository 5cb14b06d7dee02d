#ifndef CALLWARD_PS_H
#define CALLWARD_PS_H

#include <stdint.h>

#include <pocketsphinx.h>

/* cw_quiet drops every log line of the libraries, on every thread. */
void cw_quiet(void);

/* cw_new makes a decoder from a NULL-terminated list of arguments. */
ps_decoder_t *cw_new(int argc, char **argv);

/* cw_add_lm adds an n-gram search read from an ARPA file. */
int cw_add_lm(ps_decoder_t *ps, const char *name, const char *path);

/* cw_add_fsg adds a search of a finite state grammar, read from its text. */
int cw_add_fsg(ps_decoder_t *ps, const char *name, const char *text, size_t len);

/* cw_front_end makes a front end from a NULL-terminated list of arguments. */
fe_t *cw_front_end(int argc, char **argv);

/* cw_frames turns samples into rows of fe_get_output_size numbers, one row a
 * frame, and returns how many; out must have room for max rows. */
int cw_frames(fe_t *fe, const int16_t *pcm, size_t n, float *out, int max);

/* cw_process_cep decodes n rows of width numbers. */
int cw_process_cep(ps_decoder_t *ps, float *rows, int width, int n, int whole);

#endif
