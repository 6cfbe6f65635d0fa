# SPDX-License-Identifier: GPL-2.0
SUMMARY = "Kernel key store for tacit"
require tacit.inc

inherit module

# kbuild writes beside the sources: it gets a copy of them.
EXTERNALSRC_BUILD = "${WORKDIR}/build"
do_configure:append() {
    rm -rf ${B}/Kbuild ${B}/kmod ${B}/include
    cp -r ${S}/Kbuild ${S}/kmod ${S}/include ${B}/
}
MAKE_TARGETS = "-C ${STAGING_KERNEL_DIR} M=${B} modules"
MODULES_INSTALL_TARGET = "-C ${STAGING_KERNEL_DIR} M=${B} modules_install"
KERNEL_MODULE_AUTOLOAD += "tacit"
