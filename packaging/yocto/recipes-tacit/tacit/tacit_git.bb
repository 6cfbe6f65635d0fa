# SPDX-License-Identifier: GPL-2.0
SUMMARY = "Keeps what a device sends private in content, size and time"
require tacit.inc

DEPENDS = "bpftool-native clang-native libinih json-c keyutils libbpf libevent libnl openssl"
RRECOMMENDS:${PN} = "kernel-module-tacit"

inherit pkgconfig systemd useradd

EXTERNALSRC_BUILD = "${WORKDIR}/build"
EXTRA_OEMAKE = " \
    -C ${S} B=${B} SETUP=no V=1 \
    BPF_CPPFLAGS=-I${STAGING_INCDIR} \
    PREFIX=${prefix} \
    MODULESDIR=${libdir}/ossl-modules \
    UNITDIR=${systemd_system_unitdir} \
"

SYSTEMD_SERVICE:${PN} = "tacitd.service"
USERADD_PACKAGES = "${PN}"
USERADD_PARAM:${PN} = "--system --no-create-home --home-dir /nonexistent --shell /sbin/nologin --user-group tacit"

do_compile() {
    oe_runmake agent provider bpf
}

# The module's source is of no use on the device: tacit-module has built it.
do_install() {
    oe_runmake install DESTDIR=${D}
    rm -rf ${D}${prefix}/src
}

FILES:${PN} += " \
    ${libdir}/ossl-modules \
    ${nonarch_libdir}/tacit \
    ${nonarch_libdir}/sysusers.d \
    ${systemd_system_unitdir} \
    ${datadir}/bash-completion \
    ${localstatedir}/lib/tacit \
"
