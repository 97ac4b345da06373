/* SPDX-License-Identifier: MIT */
/* htslib's objects as locals marked CLEANUP(). */
#ifndef GENOFS_IMPORT_HTS_CLEANUP_H
#define GENOFS_IMPORT_HTS_CLEANUP_H

#include <htslib/hts.h>
#include <htslib/vcf.h>

static inline void hts_closep(htsFile **fp)
{
	if (*fp)
		hts_close(*fp);
}

static inline void hdr_destroyp(bcf_hdr_t **hdr)
{
	if (*hdr)
		bcf_hdr_destroy(*hdr);
}

#endif
