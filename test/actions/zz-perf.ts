import { hostileTexts } from "#/test/actions/hostile.ts";
import { parseText } from "#/lib/actions/parse-text.ts";
import { phaseGate } from "#/lib/machine/gate.ts";
for (const [name, make] of Object.entries(hostileTexts)) {
  const time = (n: number, chunk?: number, r=3) => { let best=1e9; const t=make(n); for(let i=0;i<r;i++){const a=performance.now(); parseText(t,{gate:phaseGate("EXECUTING"),chunk}); best=Math.min(best,performance.now()-a);} return best; };
  const s=time(256*1024), l=time(2048*1024); const c1=time(2048*1024,1,1), c100=time(2048*1024,100,1);
  console.log(name.padEnd(45), s.toFixed(1), l.toFixed(1), 'x'+(l/s).toFixed(1), 'c1', c1.toFixed(0), 'c100', c100.toFixed(0));
}
