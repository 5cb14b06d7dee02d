#define _GNU_SOURCE
#include "ps.h"

#include <stdio.h>
#include <stdlib.h>

#include <sphinxbase/err.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/ngram_model.h>

static void drop(void *user, err_lvl_t level, const char *format, ...) {
	(void)user;
	(void)level;
	(void)format;
}

/* The library's log file belongs to the whole process, and decoders that are made
 * at once with -logfn close it twice: so nobody gets one. */
void cw_quiet(void) {
	err_set_callback(drop, NULL);
	err_set_logfp(NULL);
}

ps_decoder_t *cw_new(int argc, char **argv) {
	cmd_ln_t *config = cmd_ln_parse_r(NULL, ps_args(), argc, argv, FALSE);
	if (config == NULL)
		return NULL;
	ps_decoder_t *ps = ps_init(config);
	cmd_ln_free_r(config);
	return ps;
}

int cw_add_lm(ps_decoder_t *ps, const char *name, const char *path) {
	ngram_model_t *lm = ngram_model_read(ps_get_config(ps), path, NGRAM_ARPA, ps_get_logmath(ps));
	if (lm == NULL)
		return -1;
	int rv = ps_set_lm(ps, name, lm);
	ngram_model_free(lm);
	return rv;
}

int cw_add_fsg(ps_decoder_t *ps, const char *name, const char *text, size_t len) {
	FILE *file = fmemopen((void *)text, len, "r");
	if (file == NULL)
		return -1;
	double lw = cmd_ln_float_r(ps_get_config(ps), "-lw");
	fsg_model_t *fsg = fsg_model_read(file, ps_get_logmath(ps), (float)lw);
	fclose(file);
	if (fsg == NULL)
		return -1;
	int rv = ps_set_fsg(ps, name, fsg);
	fsg_model_free(fsg);
	return rv;
}

fe_t *cw_front_end(int argc, char **argv) {
	cmd_ln_t *config = cmd_ln_parse_r(NULL, fe_get_args(), argc, argv, FALSE);
	if (config == NULL)
		return NULL;
	fe_t *fe = fe_init_auto_r(config);
	cmd_ln_free_r(config);
	return fe;
}

/* rows_of gives the addresses of the rows of a flat array. */
static mfcc_t **rows_of(float *flat, int width, int n) {
	mfcc_t **rows = malloc(sizeof(*rows) * (n > 0 ? n : 1));
	for (int i = 0; rows != NULL && i < n; i++)
		rows[i] = flat + (size_t)i * width;
	return rows;
}

int cw_frames(fe_t *fe, const int16_t *pcm, size_t n, float *out, int max) {
	mfcc_t **rows = rows_of(out, fe_get_output_size(fe), max);
	if (rows == NULL)
		return -1;
	int32 frames = max;
	int rv = fe_process_frames(fe, &pcm, &n, rows, &frames, NULL);
	free(rows);
	return rv < 0 || n > 0 ? -1 : frames;
}

int cw_process_cep(ps_decoder_t *ps, float *flat, int width, int n, int whole) {
	mfcc_t **rows = rows_of(flat, width, n);
	if (rows == NULL)
		return -1;
	int rv = ps_process_cep(ps, rows, n, FALSE, whole);
	free(rows);
	return rv;
}
