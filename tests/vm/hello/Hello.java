// SPDX-License-Identifier: GPL-2.0
// usage: java Hello HOST: what TLS version Java speaks with HOST:9003; no certificate is checked.
import javax.net.ssl.*;
import java.security.cert.X509Certificate;
class Hello {
	public static void main(String[] a) throws Exception {
		SSLContext c = SSLContext.getInstance("TLS");
		c.init(null, new TrustManager[] { new X509TrustManager() {
			public void checkClientTrusted(X509Certificate[] x, String s) {}
			public void checkServerTrusted(X509Certificate[] x, String s) {}
			public X509Certificate[] getAcceptedIssuers() { return null; }
		} }, null);
		SSLSocket s = (SSLSocket) c.getSocketFactory().createSocket(a[0], 9003);
		s.startHandshake();
		System.out.println("protocol " + s.getSession().getProtocol());
	}
}
